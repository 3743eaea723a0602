// FXP_WRAPS marks the functions whose unsigned arithmetic is meant modulo 2^n: two's complement, wide integers of
// several words, hashes. Everywhere else clang's -fsanitize=integer (preset integer) takes a wrap for an error.
#pragma once

#ifdef __clang__
#define FXP_WRAPS clang::no_sanitize("unsigned-integer-overflow", "unsigned-shift-base")
#else
#define FXP_WRAPS
#endif
