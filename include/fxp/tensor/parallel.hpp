// Threads for loops whose pieces are independent. Uses OpenMP when the program is compiled with it.
#pragma once

#include <cstddef>
#include <exception>

namespace fxp {

/// Calls f(piece) for piece in [0, pieces), on up to `threads` threads. An exception thrown by f reaches the caller
/// (the one of some piece when several throw); the other pieces still run.
template <class F>
void parallel_for(int threads, std::size_t pieces, F&& f) {
#ifdef _OPENMP
    if (threads > 1 && pieces > 1) {
        std::exception_ptr failure;
#pragma omp parallel for num_threads(threads) schedule(static)
        for (std::size_t piece = 0; piece < pieces; ++piece) {
            try {
                f(piece);
            } catch (...) {
#pragma omp critical(fxp_parallel_for)
                failure = std::current_exception();
            }
        }
        if (failure) std::rethrow_exception(failure);
        return;
    }
#endif
    static_cast<void>(threads);
    for (std::size_t piece = 0; piece < pieces; ++piece) f(piece);
}

} // namespace fxp
