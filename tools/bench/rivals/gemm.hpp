// Float and int8 matrix products of other libraries, row-major, one thread: c (m, n) = a (m, k) b (k, n).
#pragma once

#include <cstdint>

namespace rivals {

/// Before any of them: one thread.
void use_one_thread();

void eigen_float(int m, int n, int k, const float* a, const float* b, float* c);
void openblas_float(int m, int n, int k, const float* a, const float* b, float* c);
void openblas_double(int m, int n, int k, const double* a, const double* b, double* c);
void onednn_float(int m, int n, int k, const float* a, const float* b, float* c);
void onednn_u8s8(int m, int n, int k, const std::uint8_t* a, const std::int8_t* b, std::int32_t* c);
/// Of signed numbers, to which 128 was added; the result is rounded and fitted into eight bits.
void gemmlowp_u8(int m, int n, int k, const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* c);

} // namespace rivals
