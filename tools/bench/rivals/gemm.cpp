// Compiled for the processor at hand, which Eigen needs to show what it can; the other two choose at run time.
#include "bench/rivals/gemm.hpp"

#include <Eigen/Core>
#include <cblas.h>
#include <dnnl.h>
#ifdef _OPENMP
#include <omp.h>
#endif

namespace rivals {

void use_one_thread() {
    openblas_set_num_threads(1);
    Eigen::setNbThreads(1);
#ifdef _OPENMP
    omp_set_num_threads(1); // oneDNN's
#endif
}

void eigen_float(int m, int n, int k, const float* a, const float* b, float* c) {
    using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    Eigen::Map<Matrix>(c, m, n).noalias() = Eigen::Map<const Matrix>(a, m, k) * Eigen::Map<const Matrix>(b, k, n);
}
void openblas_float(int m, int n, int k, const float* a, const float* b, float* c) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, a, k, b, n, 0, c, n);
}
void openblas_double(int m, int n, int k, const double* a, const double* b, double* c) {
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, a, k, b, n, 0, c, n);
}
void onednn_float(int m, int n, int k, const float* a, const float* b, float* c) {
    dnnl_sgemm('N', 'N', m, n, k, 1, a, k, b, n, 0, c, n);
}
void onednn_u8s8(int m, int n, int k, const std::uint8_t* a, const std::int8_t* b, std::int32_t* c) {
    const std::int32_t zero = 0;
    dnnl_gemm_u8s8s32('N', 'N', 'F', m, n, k, 1, a, k, 0, b, n, 0, 0, c, n, &zero);
}

} // namespace rivals
