// FixedArithmetic: the fixed-point number system of a model, as a recipe describes it.
#pragma once

#include "fxp/autograd/recipe_tensors.hpp"
#include "fxp/core/quantize.hpp"
#include "fxp/tensor/activation.hpp"
#include "fxp/tensor/adam_update.hpp"
#include "fxp/tensor/arithmetic.hpp"
#include "fxp/tensor/block.hpp"
#include "fxp/tensor/compare.hpp"
#include "fxp/tensor/gradient_norm.hpp"
#include "fxp/tensor/layout.hpp"
#include "fxp/tensor/lstm.hpp"
#include "fxp/tensor/range_log.hpp"
#include "fxp/tensor/reduce.hpp"
#include "fxp/tensor/sgd_update.hpp"
#include "fxp/tensor/softmax.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <string_view>

namespace fxp {

/// What a recipe says about numbers. All members of one whose formats are types are types and constants:
/// - Activation, Weight, Bias, Moment: the formats (Q<I, F> or Q<I, F, Range>) of the roles;
/// - Logit, SecondMoment, Probability, optional: these roles' formats, else Activation, Moment and Q<2, 30>;
/// - Contribution<Role>: the format into which each product that flows into a gradient is rounded and fitted; equal
///   to Gradient when a step's products are to be summed exactly;
/// - Gradient<Role>: the wide format in which contributions are summed, of the same fraction bits.
/// One whose formats are values is a RunTimeRecipe. Both have
/// - rounds_each_gate, optional: see FixedArithmetic;
/// - Activations: which sigmoid, tanh and rsqrt, CorrectlyRoundedActivations or ReferenceActivations;
/// - rounding(RoundingPlace, operation): the rule of an operation, by the name under which the logs know it ("matmul",
///   "d_sigmoid", "adam.n").
template <class R>
concept NumberRecipe = requires(const R& recipe) {
    requires ActivationSet<typename R::Activations>;
    { recipe.rounding(RoundingPlace::forward, std::string_view{}) } -> std::same_as<Rounding>;
    requires RunTimeRecipe<R> || requires {
        typename R::Activation;
        typename R::Weight;
        typename R::Bias;
        typename R::Moment;
        typename R::template Contribution<Role::weight>;
        typename R::template Gradient<Role::weight>;
    };
};

/// The arithmetic of one trainer: supplies tensor types by role, performs every operation a model or an optimizer asks
/// for, and keeps the run's logs. Models see numbers only through this interface, which FloatArithmetic shares.
template <NumberRecipe Recipe>
class FixedArithmetic {
  public:
    static constexpr const char* kind = "fixed"; ///< tells arithmetics apart in files and tables

    /// Values of a role.
    template <Role R>
    using Tensor = typename detail::RecipeTensors<Recipe>::template Value<R>;
    /// One public number in a role's format.
    template <Role R>
    using Scalar = typename detail::RecipeTensors<Recipe>::template Scalar<R>;
    /// A gradient: the wide sum of contributions.
    template <Role R>
    using Gradient = typename detail::RecipeTensors<Recipe>::template Gradient<R>;
    /// A contribution to a gradient of activations.
    using Error = typename detail::RecipeTensors<Recipe>::template Contribution<Role::activation>;
    /// True when an LSTM cell's errors of x and h are sums of one rounded product for each gate, false when all gates
    /// are summed exactly and rounded once.
    static constexpr bool rounds_each_gate = [] {
        if constexpr (requires { Recipe::rounds_each_gate; }) return Recipe::rounds_each_gate;
        return false;
    }();
    /// How many products whose sum is exact are added to a gradient together.
    static constexpr std::size_t products_at_once = kernels::max_terms;
    /// Integers 0 and 1, exactly.
    using Ones = FxpTensor<2, 0>;
    /// A number of any size that gradients are multiplied by.
    using Factor = fxp::Factor;
    /// What comparisons give and selections take.
    using Mask = BoolTensor;

    /// `seed`: of stochastic rounding. `threads`: of matrix products and loops over elements; the bits do not depend
    /// on them.
    explicit FixedArithmetic(std::uint64_t seed = 0, int threads = 1, const Recipe& recipe = {})
        : recipe_(recipe), threads_(threads) {
        random_.seed = seed;
    }
    /// What the formats, roundings and functions come from.
    const Recipe& recipe() const { return recipe_; }

    /// The overflows of the run, by operation and tensor.
    OverflowLog& overflow_log() { return overflow_; }
    const OverflowLog& overflow_log() const { return overflow_; }
    /// The largest magnitudes of the run, by tensor.
    RangeLog& range_log() { return ranges_; }
    const RangeLog& range_log() const { return ranges_; }
    /// Number of values that did not fit, since the log was last cleared.
    std::uint64_t overflow_events() const { return overflow_.total(); }
    /// What becomes of values that do not fit, in operations to come; Overflow::saturate at first.
    /// @{
    Overflow overflow_policy() const { return policy_; }
    void set_overflow_policy(Overflow policy) { policy_ = policy; }
    /// @}

    /// Begins training step `step`: the address of events and of random words.
    void begin_step(std::uint64_t step) {
        random_.step = static_cast<std::uint32_t>(step);
        random_.tensor = 0;
    }

    /// The context of one operation; each call takes the next tensor number of the step's random stream.
    Context context(RoundingPlace place, std::string_view tensor, std::string_view operation) {
        const Context context = unnumbered_context(place, tensor, operation);
        skip_number();
        return context;
    }
    /// Takes the next tensor number for an operation that is done later, with others, and draws no random words.
    void skip_number() { ++random_.tensor; }

    /// out = round(sum of terms)
    template <class Out, class... Terms>
    void combine(RoundingPlace place, std::string_view tensor, const char* operation, Out& out, const Terms&... terms) {
        prepare(out);
        fxp::combine(operation, out, context(place, tensor, operation), terms...);
    }
    /// gradient (+)= the contribution round(sum of terms); `first` assigns.
    template <Role R, class... Terms>
    void contribute(std::string_view tensor, const char* operation, Gradient<R>& gradient, bool first,
                    const Terms&... terms) {
        constexpr bool learnt = R == Role::weight || R == Role::bias;
        const Context where = context(learnt ? RoundingPlace::gradient : RoundingPlace::backward, tensor, operation);
        if constexpr (RunTimeRecipe<Recipe>) {
            prepare(gradient);
            const Format contribution = recipe_.format(R, Part::contribution);
            if (first) {
                assign(operation, contribution, gradient, where, terms...);
            } else {
                accumulate(operation, contribution, gradient, where, terms...);
            }
            return;
        } else {
            contribute_fitted<typename Recipe::template Contribution<R>>(operation, gradient, where, first, terms...);
        }
    }

    /// Whether a product is contributed to a gradient of role R as it is, unrounded, and 2^20 such contributions cannot
    /// overflow: then they may be added in any order and number at a time.
    template <Role R, class X, class Y>
    bool sums_exactly(const MatrixTerm<X, Y>& product) const {
        static_assert(R == Role::weight || R == Role::bias);
        constexpr int most = 20;
        const Format sum = prepared<Gradient<R>>().format;
        const int left = sum.frac_bits - product.a.format.frac_bits - product.b.format.frac_bits;
        if (!(contribution_format<R>() == sum) || left < 0) return false;
        const auto bits = [](const auto& factor) { return 8 * static_cast<int>(sizeof(*factor.data())) - 1; };
        const auto depth = static_cast<int>(std::bit_width(product.a.shape()[product.transpose_a ? 0 : 1]));
        return bits(product.a) + bits(product.b) + depth + left + most < sum.word_bits();
    }
    /// gradient (+)= the sum of products for which sums_exactly() is true, at most products_at_once; `first` assigns.
    template <Role R, class Product>
    void contribute_all(std::string_view tensor, const char* operation, Gradient<R>& gradient, bool first,
                        std::span<const Product> products) {
        prepare(gradient);
        sum_products(operation, gradient, !first, unnumbered_context(RoundingPlace::gradient, tensor, operation),
                     products);
    }

    /// gradient += share, exactly.
    template <Role R>
    void add_share(std::string_view tensor, const char* operation, Gradient<R>& gradient, const Gradient<R>& share) {
        const Context where = context(RoundingPlace::backward, tensor, operation);
        if constexpr (RunTimeRecipe<Recipe>) {
            accumulate(operation, gradient.format, gradient, where, plus(share));
        } else {
            accumulate<typename Recipe::template Gradient<R>>(operation, gradient, where, plus(share));
        }
    }
    /// out = the sum, or the mean, over axes: exact, rounded once. Reduced axes vanish, or stay with extent 1.
    /// @{
    template <class Out, class T>
    void reduce_sum(RoundingPlace place, std::string_view tensor, Out& out, const T& a, const Axes& axes,
                    bool keep_axes) {
        prepare(out);
        sum_into(out, a, axes, context(place, tensor, "sum"), keep_axes);
    }
    template <class Out, class T>
    void reduce_mean(RoundingPlace place, std::string_view tensor, Out& out, const T& a, const Axes& axes,
                     bool keep_axes) {
        prepare(out);
        mean_into(out, a, axes, context(place, tensor, "mean"), keep_axes);
    }
    /// @}
    /// out = zeros of `shape` plus a at `indices` of an axis, exactly.
    template <class T>
    void index_add(RoundingPlace place, std::string_view tensor, T& out, const T& a, const Shape& shape,
                   std::size_t axis, std::span<const std::size_t> indices) {
        index_add_into(out, a, shape, axis, indices, context(place, tensor, "index_add"));
    }

    /// out = |a|, where the range has no room for it fitted.
    template <FixedTensor T>
    void abs(std::string_view tensor, T& out, const T& a) {
        abs_into(out, a, context(RoundingPlace::forward, tensor, "abs"));
    }
    /// out = the recipe's function of every element; rsqrt throws DomainError unless every x is positive.
    /// @{
    template <FixedTensor T>
    void sigmoid(std::string_view tensor, T& out, const T& x) {
        prepare(out);
        sigmoid_into<typename Recipe::Activations>(out, x, context(RoundingPlace::forward, tensor, "sigmoid"));
    }
    template <FixedTensor T>
    void tanh(std::string_view tensor, T& out, const T& x) {
        prepare(out);
        tanh_into<typename Recipe::Activations>(out, x, context(RoundingPlace::forward, tensor, "tanh"));
    }
    template <FixedTensor T>
    void rsqrt(std::string_view tensor, T& out, const T& x) {
        prepare(out);
        rsqrt_into<typename Recipe::Activations>(out, x, context(RoundingPlace::forward, tensor, "rsqrt"));
    }
    /// @}

    /// z of an LSTM's step, which nobody reads once the next step begins: its place in the cache serves all steps.
    Tensor<Role::activation>& gate_sums() { return gate_sums_; }
    /// The elements of an LSTM cell, fxp::lstm_forward.
    LstmMagnitudes lstm_forward(LstmActivity<Tensor<Role::activation>>& cell, Tensor<Role::activation>& c,
                                Tensor<Role::activation>& h, const Tensor<Role::activation>& z,
                                const Tensor<Role::activation>& c_prev) {
        return fxp::lstm_forward<typename Recipe::Activations>(cell, c, h, z, c_prev,
                                                               contexts<LstmForward>(RoundingPlace::forward));
    }
    /// The way back, fxp::lstm_backward; null gradients stand for zero, a null dc_prev for one that nobody wants.
    LstmGradientMagnitudes lstm_backward(Error& dz, Gradient<Role::activation>* dc_prev,
                                         const Gradient<Role::activation>* dh, const Gradient<Role::activation>* dc,
                                         const LstmActivity<Tensor<Role::activation>>& cell,
                                         const Tensor<Role::activation>& c_prev) {
        const auto one = scalar<Role::activation>("one", 1).raw;
        prepare(dz);
        if (dc_prev != nullptr) prepare(*dc_prev);
        return fxp::lstm_backward(dz, dc_prev, dh, dc, cell, c_prev, one,
                                  contexts<LstmBackward>(RoundingPlace::backward));
    }

    /// out = softmax(logits) - targets; returns the cross-entropy, for logs: fxp::softmax_error_into.
    double softmax_error(Tensor<Role::probability>& out, const Tensor<Role::logit>& logits,
                         const Tensor<Role::probability>& targets) {
        return softmax_error_into(out, logits, targets);
    }

    /// A step of Adam on a parameter, fxp::adam_update.
    template <FixedTensor W, FixedTensor G>
    void adam(std::string_view tensor, W& w, Tensor<Role::moment>& m, Tensor<Role::second_moment>& n,
              Tensor<Role::second_moment>* largest, const G& g, Factor scale, const AdamRates& rates) {
        adam_update(w, m, n, largest, g, scale, rates, context(RoundingPlace::update, tensor, "adam.w"));
    }
    /// A step of stochastic gradient descent on a parameter, fxp::sgd_update.
    template <FixedTensor W, FixedTensor G>
    void sgd(std::string_view tensor, W& w, Tensor<Role::moment>& v, const G& g, Factor scale, const SgdRates& rates) {
        sgd_update(w, v, g, scale, rates, context(RoundingPlace::update, tensor, "sgd.w"));
    }
    /// A public real number as what gradients are multiplied by, as quantize_factor.
    static Factor factor(double value) { return quantize_factor(value); }
    /// Sums the squares of gradients of weights and biases.
    GradientNorm gradient_norm() const {
        return GradientNorm(std::max(prepared<Gradient<Role::weight>>().format.frac_bits,
                                     prepared<Gradient<Role::bias>>().format.frac_bits));
    }

    /// A tensor of zeros in a role's format.
    template <Role R>
    Tensor<R> zeros(const Shape& shape) {
        Tensor<R> tensor(shape);
        prepare(tensor);
        return tensor;
    }
    /// Real -> raw, the data's and the initial values' door.
    template <Role R>
    Tensor<R> from_real(std::string_view tensor, const Shape& shape, std::span<const double> values) {
        const Context where = context(RoundingPlace::forward, tensor, "from_real");
        if constexpr (RunTimeFormat<Tensor<R>>) {
            return Tensor<R>::from_real(recipe_.format(R, Part::value), shape, values, where);
        } else {
            return Tensor<R>::from_real(shape, values, where);
        }
    }
    /// A public number in the format of a role.
    template <Role R>
    Scalar<R> scalar(std::string_view name, double value) {
        const Context where = context(RoundingPlace::forward, name, "scalar");
        if constexpr (RunTimeFormat<Tensor<R>>) {
            return Scalar<R>::from_real(recipe_.format(R, Part::value), value, where);
        } else {
            return Scalar<R>::from_real(value, where);
        }
    }
    /// Smallest positive number of a role's format.
    template <Role R>
    double resolution() const {
        return dequantize(1, prepared<Tensor<R>>().format.frac_bits);
    }

    /// out = a tensor of the given shape, every element the scalar.
    template <Role R>
    void fill(Tensor<R>& out, const Shape& shape, const Scalar<R>& scalar) const {
        prepare(out);
        out.resize(shape);
        out.fill(scalar.raw);
    }
    /// A matrix of ones, (rows, columns), valid until the next call.
    const Ones& ones(std::size_t rows, std::size_t columns) {
        ones_.resize(Shape{rows, columns});
        ones_.fill(1);
        return ones_;
    }

    /// For logs: the mean of the squares, summed exactly.
    template <FixedTensor T>
    static double mean_square(const T& a) {
        int128 sum = 0;
        for (const auto value : a.elements()) sum += static_cast<int128>(value) * value;
        return dequantize(sum, 2 * a.format.frac_bits) / static_cast<double>(a.size());
    }
    /// For logs: enters a tensor's largest magnitude, and what is asked for of its elements, into the range log.
    template <FixedTensor T>
    void observe(std::size_t slot, const T& a) {
        observe(slot, a, detail::largest_real(a, 0, a.size()));
    }
    /// The same of a tensor whose largest magnitude is known.
    template <FixedTensor T>
    void observe(std::size_t slot, const T& a, double largest) {
        ranges_.observe(slot, largest);
        ranges_.count(slot, a.elements(), [&](auto raw) { return dequantize(raw, a.format.frac_bits); });
    }

  private:
    Context unnumbered_context(RoundingPlace place, std::string_view tensor, std::string_view operation) {
        Context context = Context::logging(overflow_, recipe_.rounding(place, operation));
        context.overflow = policy_;
        context.random = random_;
        context.tensor = tensor;
        context.threads = threads_;
        return context;
    }

    template <Role R>
    Format contribution_format() const {
        if constexpr (RunTimeRecipe<Recipe>) {
            return recipe_.format(R, Part::contribution);
        } else {
            return Recipe::template Contribution<R>::format;
        }
    }

    template <class Contribution, class G, class... Terms>
    static void contribute_fitted(const char* operation, G& gradient, const Context& where, bool first,
                                  const Terms&... terms) {
        if (first) {
            assign<Contribution>(operation, gradient, where, terms...);
        } else {
            accumulate<Contribution>(operation, gradient, where, terms...);
        }
    }

    /// Gives a result its role's format, where types have not done so.
    template <class T>
    void prepare([[maybe_unused]] T& out) const {
        if constexpr (requires { T::part; }) out.format = recipe_.format(T::role, T::part);
    }
    template <class T>
    T prepared() const {
        T tensor;
        prepare(tensor);
        return tensor;
    }

    /// Contexts of the operations of a cell's pass.
    template <class Operations>
    std::array<Context, Operations::count> contexts(RoundingPlace place) {
        std::array<Context, Operations::count> result;
        for (std::size_t k = 0; k < Operations::count; ++k) {
            result[k] = context(place, Operations::operations[k].tensor, Operations::operations[k].name);
        }
        return result;
    }

    Recipe recipe_;
    OverflowLog overflow_;
    RangeLog ranges_;
    RandomStream random_{};
    Ones ones_;
    Tensor<Role::activation> gate_sums_;
    Overflow policy_ = Overflow::saturate;
    int threads_;
};

} // namespace fxp
