// FloatArithmetic: the floating-point number system of a model: the twin that fixed-point runs are compared with.
#pragma once

#include "fxp/autograd/role.hpp"
#include "fxp/tensor/compare.hpp"
#include "fxp/tensor/float_lstm.hpp"
#include "fxp/tensor/float_reduce.hpp"
#include "fxp/tensor/float_softmax.hpp"
#include "fxp/tensor/float_tensor.hpp"
#include "fxp/tensor/float_update.hpp"
#include "fxp/tensor/layout.hpp"
#include "fxp/tensor/range_log.hpp"

#include <string_view>

namespace fxp {

/// The interface of FixedArithmetic over FloatTensor<Real>: no overflow, no recipe of formats.
template <std::floating_point Real>
class FloatArithmetic {
  public:
    /// As in FixedArithmetic.
    /// @{
    static constexpr const char* kind = "float";
    template <Role>
    using Tensor = FloatTensor<Real>;
    template <Role>
    using Scalar = FloatScalar<Real>;
    template <Role>
    using Gradient = FloatTensor<Real>;
    using Error = FloatTensor<Real>;
    static constexpr bool rounds_each_gate = false;
    static constexpr std::size_t products_at_once = 1; // float sums depend on their order
    using Ones = FloatTensor<Real>;
    using Factor = double;
    using Mask = BoolTensor;
    /// @}

    /// `seed` and `threads` are accepted for symmetry: float arithmetic here draws no random words and runs on one
    /// thread.
    explicit FloatArithmetic(std::uint64_t seed = 0, int threads = 1) {
        static_cast<void>(seed);
        static_cast<void>(threads);
    }

    /// Logs, as in FixedArithmetic; that of overflows stays empty.
    /// @{
    OverflowLog& overflow_log() { return overflow_; }
    const OverflowLog& overflow_log() const { return overflow_; }
    RangeLog& range_log() { return ranges_; }
    const RangeLog& range_log() const { return ranges_; }
    std::uint64_t overflow_events() const { return 0; }
    /// @}
    /// Kept for the interface; nothing overflows by policy here: values become infinite as IEEE 754 says.
    /// @{
    Overflow overflow_policy() const { return policy_; }
    void set_overflow_policy(Overflow policy) { policy_ = policy; }
    /// @}

    /// As in FixedArithmetic; what it says of rounding, formats and overflow does not apply. Places of rounding and
    /// names are not read.
    /// @{
    void begin_step(std::uint64_t) {}
    void skip_number() {}
    template <class... Terms>
    void combine(RoundingPlace, std::string_view, const char* operation, FloatTensor<Real>& out,
                 const Terms&... terms) {
        fxp::combine(operation, out, Context{}, terms...);
    }
    template <Role, class... Terms>
    void contribute(std::string_view, const char* operation, FloatTensor<Real>& gradient, bool first,
                    const Terms&... terms) {
        if (first) {
            fxp::combine(operation, gradient, Context{}, terms...);
        } else {
            fxp::accumulate(operation, gradient, Context{}, terms...);
        }
    }
    template <Role>
    void add_share(std::string_view, const char* operation, FloatTensor<Real>& gradient,
                   const FloatTensor<Real>& share) {
        fxp::accumulate(operation, gradient, Context{}, plus(share));
    }
    void reduce_sum(RoundingPlace, std::string_view, FloatTensor<Real>& out, const FloatTensor<Real>& a,
                    const Axes& axes, bool keep_axes) {
        sum_into(out, a, axes, Context{}, keep_axes);
    }
    void reduce_mean(RoundingPlace, std::string_view, FloatTensor<Real>& out, const FloatTensor<Real>& a,
                     const Axes& axes, bool keep_axes) {
        mean_into(out, a, axes, Context{}, keep_axes);
    }
    void index_add(RoundingPlace, std::string_view, FloatTensor<Real>& out, const FloatTensor<Real>& a,
                   const Shape& shape, std::size_t axis, std::span<const std::size_t> indices) {
        index_add_into(out, a, shape, axis, indices);
    }

    /// out = |a|
    void abs(std::string_view, FloatTensor<Real>& out, const FloatTensor<Real>& a) { abs_into(out, a); }
    void sigmoid(std::string_view, FloatTensor<Real>& out, const FloatTensor<Real>& x) { sigmoid_into(out, x); }
    void tanh(std::string_view, FloatTensor<Real>& out, const FloatTensor<Real>& x) { tanh_into(out, x); }
    void rsqrt(std::string_view, FloatTensor<Real>& out, const FloatTensor<Real>& x) { rsqrt_into(out, x); }
    FloatTensor<Real>& gate_sums() { return gate_sums_; }
    LstmMagnitudes lstm_forward(LstmActivity<FloatTensor<Real>>& cell, FloatTensor<Real>& c, FloatTensor<Real>& h,
                                const FloatTensor<Real>& z, const FloatTensor<Real>& c_prev) {
        return fxp::lstm_forward(cell, c, h, z, c_prev);
    }
    LstmGradientMagnitudes lstm_backward(FloatTensor<Real>& dz, FloatTensor<Real>* dc_prev, const FloatTensor<Real>* dh,
                                         const FloatTensor<Real>* dc, const LstmActivity<FloatTensor<Real>>& cell,
                                         const FloatTensor<Real>& c_prev) {
        return fxp::lstm_backward(dz, dc_prev, dh, dc, cell, c_prev);
    }
    double softmax_error(FloatTensor<Real>& out, const FloatTensor<Real>& logits, const FloatTensor<Real>& targets) {
        return softmax_error_into(out, logits, targets);
    }
    void adam(std::string_view, FloatTensor<Real>& w, FloatTensor<Real>& m, FloatTensor<Real>& n,
              FloatTensor<Real>* largest, const FloatTensor<Real>& g, double scale, const AdamRates& rates) {
        adam_update(w, m, n, largest, g, scale, rates);
    }
    void sgd(std::string_view, FloatTensor<Real>& w, FloatTensor<Real>& v, const FloatTensor<Real>& g, double scale,
             const SgdRates& rates) {
        sgd_update(w, v, g, scale, rates);
    }
    static double factor(double value) { return value; }
    FloatGradientNorm gradient_norm() const { return {}; }
    template <Role>
    FloatTensor<Real> zeros(const Shape& shape) {
        return FloatTensor<Real>(shape);
    }
    template <Role>
    FloatTensor<Real> from_real(std::string_view, const Shape& shape, std::span<const double> values) {
        return FloatTensor<Real>::from_real(shape, values);
    }
    template <Role>
    FloatScalar<Real> scalar(std::string_view, double value) {
        return FloatScalar<Real>::from_real(value);
    }
    template <Role>
    static double resolution() {
        return 0;
    }
    template <Role>
    static void fill(FloatTensor<Real>& out, const Shape& shape, const FloatScalar<Real>& scalar) {
        out.resize(shape);
        out.fill(scalar.value);
    }
    const Ones& ones(std::size_t rows, std::size_t columns) {
        ones_.resize(Shape{rows, columns});
        ones_.fill(Real{1});
        return ones_;
    }
    static double mean_square(const FloatTensor<Real>& a) {
        double sum = 0;
        for (const Real value : a.elements()) sum += static_cast<double>(value) * static_cast<double>(value);
        return sum / static_cast<double>(a.size());
    }
    void observe(std::size_t slot, const FloatTensor<Real>& a) { observe(slot, a, largest_magnitude(a)); }
    void observe(std::size_t slot, const FloatTensor<Real>& a, double largest) {
        ranges_.observe(slot, largest);
        ranges_.count(slot, a.elements(), [](Real value) { return static_cast<double>(value); });
    }
    /// @}

  private:
    OverflowLog overflow_;
    RangeLog ranges_;
    Overflow policy_ = Overflow::saturate;
    Ones ones_;
    FloatTensor<Real> gate_sums_;
};

} // namespace fxp
