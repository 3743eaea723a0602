// Number systems that keep every tensor of a step.
#pragma once

#include "observation.hpp"
#include "real_functions.hpp"

#include "fxp/autograd/fixed_arithmetic.hpp"
#include "fxp/autograd/float_arithmetic.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace fxp::trace {

/// The number system Base, which keeps what it is shown in a step.
template <class Base>
class Traced : public Base {
  public:
    using Base::Base;

    /// What was observed since the step began.
    const Trace& trace() const { return trace_; }

    void begin_step(std::uint64_t step) {
        trace_.clear();
        Base::begin_step(step);
    }
    template <class T>
    void observe(std::size_t slot, const T& a, double /*largest*/ = 0) {
        double ulp = 0;
        if constexpr (FixedTensor<T>) ulp = std::ldexp(1.0, -a.format.frac_bits);
        trace_.push_back({this->range_log().rows()[slot].tensor, ulp, a.to_real()});
    }

  private:
    Trace trace_;
};

template <class Recipe>
using TracedFixed = Traced<FixedArithmetic<Recipe>>;

/// Double precision, with other functions in place of the exact ones on request.
class TracedFloat : public Traced<FloatArithmetic<double>> {
    using Base = Traced<FloatArithmetic<double>>;
    using Real = FloatTensor<double>;

  public:
    /// `functions` outlive this; null stands for the exact ones.
    explicit TracedFloat(const RealFunctions* functions = nullptr) : functions_(functions) {}

    void sigmoid(std::string_view tensor, Real& out, const Real& x) {
        if (functions_ == nullptr) return Base::sigmoid(tensor, out, x);
        out.resize(x.shape());
        functions_->sigmoid(x.data(), x.size(), out.data());
    }
    void tanh(std::string_view tensor, Real& out, const Real& x) {
        if (functions_ == nullptr) return Base::tanh(tensor, out, x);
        out.resize(x.shape());
        functions_->tanh(x.data(), x.size(), out.data());
    }
    void rsqrt(std::string_view tensor, Real& out, const Real& x) {
        if (functions_ == nullptr) return Base::rsqrt(tensor, out, x);
        out.resize(x.shape());
        functions_->rsqrt(x.data(), x.size(), out.data());
    }
    LstmMagnitudes lstm_forward(LstmActivity<Real>& cell, Real& c, Real& h, const Real& z, const Real& c_prev) {
        if (functions_ == nullptr) return Base::lstm_forward(cell, c, h, z, c_prev);
        return fxp::lstm_forward(cell, c, h, z, c_prev, functions_->sigmoid, functions_->tanh);
    }
    double softmax_error(Real& out, const Real& logits, const Real& targets) {
        if (functions_ == nullptr) return Base::softmax_error(out, logits, targets);
        return functions_->softmax_error(out, logits, targets);
    }

  private:
    const RealFunctions* functions_;
};

} // namespace fxp::trace
