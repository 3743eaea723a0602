// What passes over an LSTM cell leave beside their results, for tensors of any kind.
#pragma once

#include <algorithm>

namespace fxp {

/// The activity of (hidden, batch) cells: what the backward pass reads beside its inputs.
template <class Tensor>
struct LstmActivity {
    Tensor gates;  ///< (4 hidden, batch): f, i, o = sigmoid(z), g = tanh(z), one below the other
    Tensor tanh_c; ///< (hidden, batch): tanh(C')
};

/// The largest magnitudes that a forward pass has seen, for the range log.
struct LstmMagnitudes {
    double z = 0; ///< of the gates' sums
    double c = 0; ///< of C'
    double h = 0; ///< of h'

    /// Those of more elements.
    void merge(const LstmMagnitudes& other) {
        z = std::max(z, other.z);
        c = std::max(c, other.c);
        h = std::max(h, other.h);
    }
};

/// The largest magnitudes that a backward pass has seen.
struct LstmGradientMagnitudes {
    double dh = 0; ///< of the gradient of h'
    double dc = 0; ///< of that of C', without what comes through h'

    /// Those of more elements.
    void merge(const LstmGradientMagnitudes& other) {
        dh = std::max(dh, other.dh);
        dc = std::max(dc, other.dc);
    }
};

} // namespace fxp
