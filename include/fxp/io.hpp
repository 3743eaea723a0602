// Files: checkpoints (safetensors), NumPy arrays, atomic writes, digests, what programs do about lost output. Needs
// nlohmann-json and OpenSSL's libcrypto (about two seconds of compile time).
#pragma once

#include "fxp/io/atomic_file.hpp"
#include "fxp/io/npy.hpp"
#include "fxp/io/program.hpp"
#include "fxp/io/safetensors.hpp"
#include "fxp/io/sha256.hpp"
#include "fxp/io/tensor_files.hpp"
