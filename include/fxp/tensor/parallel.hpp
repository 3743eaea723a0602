// Threads for loops whose pieces are independent. Uses OpenMP when the program is compiled with it.
#pragma once

#include <cstddef>
#include <exception>

namespace fxp {

/// Calls f(piece) for piece in [0, pieces), on up to `threads` threads. An exception that f throws reaches the caller
/// when all pieces have run: the one of the lowest piece when several throw. So neither it nor what the pieces leave
/// depends on the threads.
template <class F>
void parallel_for(int threads, std::size_t pieces, F&& f) {
    std::exception_ptr failure;
    std::size_t failed = pieces;
    const auto attempt = [&](std::size_t piece) {
        try {
            f(piece);
        } catch (...) {
#ifdef _OPENMP
#pragma omp critical(fxp_parallel_for)
#endif
            if (piece < failed) {
                failed = piece;
                failure = std::current_exception();
            }
        }
    };
#ifdef _OPENMP
    if (threads > 1 && pieces > 1) {
#pragma omp parallel for num_threads(threads) schedule(static)
        for (std::size_t piece = 0; piece < pieces; ++piece) attempt(piece);
        if (failure) std::rethrow_exception(failure);
        return;
    }
#endif
    static_cast<void>(threads);
    for (std::size_t piece = 0; piece < pieces; ++piece) attempt(piece);
    if (failure) std::rethrow_exception(failure);
}

} // namespace fxp
