// What the backward pass of an LSTM cell reads beside its inputs, for tensors of any kind.
#pragma once

namespace fxp {

/// The activity of (hidden, batch) cells.
template <class Tensor>
struct LstmActivity {
    Tensor gates;  ///< (4 hidden, batch): f, i, o = sigmoid(z), g = tanh(z), one below the other
    Tensor tanh_c; ///< (hidden, batch): tanh(C')
};

} // namespace fxp
