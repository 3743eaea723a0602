// Files: checkpoints (safetensors), NumPy arrays, atomic writes, digests. Needs nlohmann-json and OpenSSL's libcrypto
// (about two seconds of compile time).
#pragma once

#include "fxp/io/atomic_file.hpp"
#include "fxp/io/npy.hpp"
#include "fxp/io/safetensors.hpp"
#include "fxp/io/sha256.hpp"
#include "fxp/io/tensor_files.hpp"
