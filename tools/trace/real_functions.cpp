#include "real_functions.hpp"

#include "fxp/core/quantize.hpp"
#include "fxp/tensor/softmax.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace fxp::trace {

namespace {

constexpr Format wide{16, 40};
using Wide = FxpTensor<wide.int_bits, wide.frac_bits>;
using Probabilities = FxpTensor<2, 30>;

template <class Tensor>
Tensor quantized(const Shape& shape, const double* x) {
    Tensor result(shape);
    OverflowCount ignored;
    for (std::size_t i = 0; i < result.size(); ++i) {
        result.data()[i] =
            static_cast<typename Tensor::Raw>(quantize(x[i], Tensor::format, Overflow::saturate, ignored));
    }
    return result;
}

/// evaluate(arguments, count, results, events) of reals rounded to the wide format.
template <class Evaluate>
void by_integers(const Wide& arguments, double* y, const Evaluate& evaluate) {
    std::vector<std::int64_t> results(arguments.size());
    OverflowCount ignored;
    evaluate(arguments.data(), arguments.size(), results.data(), ignored);
    std::transform(results.begin(), results.end(), y,
                   [](std::int64_t value) { return dequantize(value, wide.frac_bits); });
}

template <class Activations>
void sigmoid(const double* x, std::size_t count, double* y) {
    by_integers(quantized<Wide>({count}, x), y, Activations::template sigmoid<wide, wide>);
}

template <class Activations>
void tanh(const double* x, std::size_t count, double* y) {
    by_integers(quantized<Wide>({count}, x), y, Activations::template tanh<wide, wide>);
}

template <class Activations>
void rsqrt(const double* x, std::size_t count, double* y) {
    Wide arguments = quantized<Wide>({count}, x);
    for (std::int64_t& value : arguments.elements()) value = std::max<std::int64_t>(value, 1);
    by_integers(arguments, y, Activations::template rsqrt<wide, wide>);
}

double softmax_error(FloatTensor<double>& out, const FloatTensor<double>& logits, const FloatTensor<double>& targets) {
    Probabilities error;
    const double cross_entropy = softmax_error_into(error, quantized<Wide>(logits.shape(), logits.data()),
                                                    quantized<Probabilities>(targets.shape(), targets.data()));
    out = FloatTensor<double>::from_real(error.shape(), error.to_real());
    return cross_entropy;
}

template <class Activations>
constexpr RealFunctions functions{sigmoid<Activations>, tanh<Activations>, rsqrt<Activations>, softmax_error};

} // namespace

template <>
const RealFunctions& real_functions<CorrectlyRoundedActivations>() {
    return functions<CorrectlyRoundedActivations>;
}
template <>
const RealFunctions& real_functions<ReferenceActivations>() {
    return functions<ReferenceActivations>;
}

} // namespace fxp::trace
