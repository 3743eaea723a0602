// Data: readers of LIBSVM text, IDX and CSV digits, the order of samples, and the door where reals become raw.
// Needs only the standard library and about half a second of compile time.
#pragma once

#include "fxp/data/csv_digits.hpp"
#include "fxp/data/dataset.hpp"
#include "fxp/data/folder.hpp"
#include "fxp/data/idx.hpp"
#include "fxp/data/image_rows.hpp"
#include "fxp/data/libsvm.hpp"
#include "fxp/data/shift.hpp"
#include "fxp/data/shuffle.hpp"
