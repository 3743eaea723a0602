// CellShape: the extents of a recurrent cell.
#pragma once

#include <cstddef>

namespace fxp::nn {

/// Extents of an LSTMCell or a GRUCell. A rank of zero means the full matrix.
struct CellShape {
    std::size_t inputs;     ///< values of a sample of x
    std::size_t hidden;     ///< values of a sample of h
    std::size_t rank_w = 0; ///< x passes through a (rank_w, inputs) factor before the gates' W
    std::size_t rank_u = 0; ///< h passes through a (rank_u, hidden) factor before the gates' U
};

} // namespace fxp::nn
