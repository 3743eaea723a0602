// FxpTensor: a tensor of fixed-point numbers whose format is part of its type.
#pragma once

#include "fxp/core/quantize.hpp"
#include "fxp/tensor/array.hpp"
#include "fxp/tensor/context.hpp"

#include <cmath>
#include <string>
#include <type_traits>
#include <utility>

namespace fxp {

namespace detail {
inline void check_count(const char* operation, const Shape& shape, std::size_t count) {
    if (shape.size() == count) return;
    throw ShapeError(std::string(operation) + ": " + std::to_string(count) + " values for shape " + shape.to_string() +
                     ", expected " + std::to_string(shape.size()));
}

/// What from_real says of tensors, and what it says of scalars.
template <class Real, class Raw>
void quantize_all(std::span<const Real> values, Format format, Raw* raw, const Context& context) {
    OverflowCount events;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double value = static_cast<double>(values[i]);
        if (!std::isfinite(value)) {
            throw DomainError("from_real: element " + std::to_string(i) + " is " + std::to_string(value) +
                              ", expected a finite number");
        }
        raw[i] = static_cast<Raw>(quantize(value, format, context.overflow, events));
    }
    context.report("from_real", events, format.frac_bits);
}
inline std::int64_t quantize_one(double value, Format format, const Context& context) {
    if (!std::isfinite(value)) {
        throw DomainError("scalar: " + std::to_string(value) + ", expected a finite number");
    }
    OverflowCount events;
    const std::int64_t raw = quantize(value, format, context.overflow, events);
    context.report("scalar", events, format.frac_bits);
    return raw;
}
} // namespace detail

/// Raw integers of format <IntBits, FracBits> (IntBits counts the sign): value = raw * 2^-FracBits.
/// Storage is the next of int8, int16, int32 and int64; the range is the format's own, symmetric unless it says
/// Range::full.
template <int IntBits, int FracBits, Range R = Range::symmetric>
class FxpTensor : public Array<typename Q<IntBits, FracBits, R>::Storage> {
  public:
    using FormatTag = Q<IntBits, FracBits, R>;          ///< the format as a type
    using Raw = typename FormatTag::Storage;            ///< a raw integer
    static constexpr Format format = FormatTag::format; ///< the format as a value

    using Array<Raw>::Array;

    /// From raw integers, row-major. Throws ShapeError when the counts differ, DomainError outside the format's range.
    static FxpTensor from_raw(const Shape& shape, std::span<const Raw> raw) {
        detail::check_count("from_raw", shape, raw.size());
        for (const Raw value : raw) {
            if (value <= format.max_raw() && value >= format.min_raw()) continue;
            throw DomainError("from_raw: raw value " + std::to_string(value) + ", expected " +
                              std::to_string(format.min_raw()) + " to " + std::to_string(format.max_raw()));
        }
        FxpTensor tensor(shape);
        std::copy(raw.begin(), raw.end(), tensor.data());
        return tensor;
    }

    /// From reals, row-major, rounded half to even: one of the two crossings between reals and integers.
    /// Values outside the range saturate and are events of operation "from_real"; NaN and infinities throw DomainError.
    template <class Real>
        requires std::is_floating_point_v<Real>
    static FxpTensor from_real(const Shape& shape, std::span<const Real> values, const Context& context = {}) {
        detail::check_count("from_real", shape, values.size());
        FxpTensor tensor(shape);
        detail::quantize_all(values, format, tensor.data(), context);
        return tensor;
    }
    template <class Real>
    static FxpTensor from_real(const Shape& shape, const std::vector<Real>& values, const Context& context = {}) {
        return from_real(shape, std::span<const Real>(values), context);
    }
    static FxpTensor from_real(const Shape& shape, std::initializer_list<double> values, const Context& context = {}) {
        return from_real(shape, std::span<const double>(values.begin(), values.size()), context);
    }

    /// All elements as reals: the other crossing. Exact for words up to 53 bits, else the nearest double.
    std::vector<double> to_real() const {
        std::vector<double> values(this->size());
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = dequantize(this->data()[i], FracBits);
        return values;
    }

    /// Same shape and raw integers. Tensors of different formats do not compare.
    friend bool operator==(const FxpTensor& a, const FxpTensor& b) { return a.equals(b); }
};

/// One public fixed-point number: a learning rate, a decay. Stretches to any shape.
template <int IntBits, int FracBits, Range R = Range::symmetric>
struct FxpScalar {
    using FormatTag = Q<IntBits, FracBits, R>;          ///< the format as a type
    static constexpr Format format = FormatTag::format; ///< the format as a value
    using Raw = typename FormatTag::Storage;            ///< a raw integer
    Raw raw = 0;                                        ///< value = raw * 2^-FracBits

    /// Rounded half to even; overflow is an event of operation "scalar". Throws DomainError unless finite.
    static FxpScalar from_real(double value, const Context& context = {}) {
        return {static_cast<typename FormatTag::Storage>(detail::quantize_one(value, format, context))};
    }
    /// Exact for words up to 53 bits, else the nearest double.
    double to_real() const { return dequantize(raw, FracBits); }
};

namespace detail {
struct DynamicBase {}; ///< of all DynamicTensors
template <FormatType F>
struct TensorOf;
template <int IntBits, int FracBits, Range R>
struct TensorOf<Q<IntBits, FracBits, R>> {
    using type = FxpTensor<IntBits, FracBits, R>;
    using scalar = FxpScalar<IntBits, FracBits, R>;
};
template <class T>
inline constexpr bool is_fxp_tensor = false;
template <int IntBits, int FracBits, Range R>
inline constexpr bool is_fxp_tensor<FxpTensor<IntBits, FracBits, R>> = true;
template <class T>
inline constexpr bool is_fxp_scalar = false;
template <int IntBits, int FracBits, Range R>
inline constexpr bool is_fxp_scalar<FxpScalar<IntBits, FracBits, R>> = true;
template <class T>
inline constexpr bool is_fixed_block = false; ///< see tensor/block.hpp
} // namespace detail

/// FxpTensor of a format given as a type: tensor_of<Q<8, 24>> is FxpTensor<8, 24>.
template <FormatType F>
using tensor_of = typename detail::TensorOf<F>::type;
/// FxpScalar of a format given as a type.
template <FormatType F>
using scalar_of = typename detail::TensorOf<F>::scalar;

/// A tensor whose format is a value, DynamicTensor; see tensor/dynamic_tensor.hpp.
template <class T>
concept RunTimeFormat = std::is_base_of_v<detail::DynamicBase, T>;
/// Any FxpTensor, of a format known to the compiler or not.
template <class T>
concept FixedTensor = detail::is_fxp_tensor<T> || RunTimeFormat<T>;
/// What the terms of a sum are made of: any FxpTensor, a Block of one, or an FxpScalar.
template <class T>
concept FixedOperand = FixedTensor<T> || detail::is_fxp_scalar<T> || detail::is_fixed_block<T>;

} // namespace fxp
