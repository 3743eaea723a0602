// DynamicTensor: a tensor of fixed-point numbers whose format is a value, for sweeps and formats that change.
#pragma once

#include "fxp/tensor/fxp_tensor.hpp"

#include <limits>
#include <span>
#include <string>

namespace fxp {

/// Raw integers of a format chosen at run time, its range included: value = raw * 2^-format.frac_bits, stored in Word:
/// std::int16_t, std::int32_t or std::int64_t. Layout operations hand the format on; what computes writes results in
/// the format that `out` already has.
template <class Word>
class DynamicTensor : public Array<Word>, private detail::DynamicBase {
  public:
    using Raw = Word;                                  ///< a raw integer
    static constexpr int word_bits = 8 * sizeof(Word); ///< most bits of a format

    /// Assigning another one gives the raw integers another meaning; its word has at most word_bits bits.
    Format format{word_bits, 0};

    DynamicTensor() = default;
    /// All elements zero. Throws ArgumentError when a format has more bits than Word, or fewer than 2.
    explicit DynamicTensor(const Shape& shape, Format of = {word_bits, 0}) : Array<Word>(shape), format(of) {
        check(of);
    }

    /// From reals, as FxpTensor::from_real.
    template <class Real>
        requires std::is_floating_point_v<Real>
    static DynamicTensor from_real(Format of, const Shape& shape, std::span<const Real> values,
                                   const Context& context = {}) {
        detail::check_count("from_real", shape, values.size());
        DynamicTensor tensor(shape, of);
        detail::quantize_all(values, of, tensor.data(), context);
        return tensor;
    }

    /// All elements as reals: exact for words up to 53 bits, else the nearest double.
    std::vector<double> to_real() const {
        std::vector<double> values(this->size());
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = dequantize(this->data()[i], format.frac_bits);
        return values;
    }

    /// Same shape, format and raw integers.
    friend bool operator==(const DynamicTensor& a, const DynamicTensor& b) {
        return a.format == b.format && a.equals(b);
    }

    /// Throws ArgumentError unless the format's word has 2 to word_bits bits.
    static void check(Format of) {
        if (of.word_bits() >= 2 && of.word_bits() <= word_bits) return;
        throw ArgumentError("format of " + std::to_string(of.word_bits()) + " bits, expected 2 to " +
                            std::to_string(word_bits) + " in this tensor");
    }
};

/// A format that is chosen at run time: FxpTensor<Dynamic, Dynamic>.
inline constexpr int Dynamic = std::numeric_limits<int>::min();

/// Words of up to 32 bits.
template <>
class FxpTensor<Dynamic, Dynamic> : public DynamicTensor<std::int32_t> {
  public:
    using DynamicTensor::DynamicTensor;
};

/// One public number in a format chosen at run time.
template <class Word>
struct DynamicScalar {
    using Raw = Word;                   ///< a raw integer
    Format format{8 * sizeof(Word), 0}; ///< of at most as many bits as Word
    Word raw = 0;                       ///< value = raw * 2^-format.frac_bits

    /// As FxpScalar::from_real.
    static DynamicScalar from_real(Format of, double value, const Context& context = {}) {
        return {of, static_cast<Word>(detail::quantize_one(value, of, context))};
    }
    /// Exact for words up to 53 bits, else the nearest double.
    double to_real() const { return dequantize(raw, format.frac_bits); }
};

namespace detail {
template <class Word>
inline constexpr bool is_fxp_scalar<DynamicScalar<Word>> = true;
} // namespace detail

} // namespace fxp
