// The public numbers of an optimizer's step.
#pragma once

namespace fxp {

/// Of Adam; functions of settings and step number. See adam_update.
struct AdamRates {
    double one_minus_beta1 = 0.1;   ///< share of a gradient in the first moment
    double one_minus_beta2 = 0.001; ///< share of its square in the second moment
    double rate = 0;                ///< learning rate, corrected for the moments' start at zero
    double decay = 0;               ///< learning rate times weight decay
    double epsilon = 0;             ///< added to the second moment, inside the root
};

/// Of stochastic gradient descent. See sgd_update.
struct SgdRates {
    double momentum = 0;   ///< share of the velocity that stays
    double rate = 0;       ///< learning rate
    double decay = 0;      ///< learning rate times weight decay
    bool nesterov = false; ///< steps along gradient + momentum velocity
};

} // namespace fxp
