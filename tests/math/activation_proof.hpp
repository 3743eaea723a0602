// The library's functions beside their exact ones, and what compares the two on every input.
#pragma once

#include "approximate/exhaustive.hpp"
#include "approximate/known_functions.hpp"

#include <fxp/math/exp2.hpp>
#include <fxp/math/log2.hpp>
#include <fxp/math/reciprocal.hpp>
#include <fxp/math/rsqrt.hpp>
#include <fxp/math/sigmoid.hpp>
#include <fxp/math/tanh.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace activation_proof {

using fxp::Format;
using fxp::OverflowCount;
using fxp::approximate::Direction;
using fxp::approximate::UlpReport;

inline constexpr std::int64_t strip = fxp::approximate::BlockWalk::strip;

/// Where a function is defined.
enum class Domain { all, positive, nonzero };

/// What f(-x) is: nothing special, 1 - f(x), -f(x).
enum class Mirror { none, complement, odd };

/// One number: fxp::math::evaluate.
using Scalar = std::int64_t(std::int64_t raw, Format in, Format out, OverflowCount& events);

/// Consecutive numbers, results[i] = f(first + step i), at most a strip: fxp::math::apply.
using Batch = void(Format in, Format out, std::int64_t first, int step, std::span<std::int64_t> results,
                   OverflowCount& events);

/// A function of the library, what it should be, and its batches by storage.
struct Activation {
    const char* name;
    const fxp::approximate::ExactFunction& exact;
    Domain domain;
    Direction direction;
    Mirror mirror;
    int outside_sign; ///< of the limit that inputs outside the domain give
    Scalar* scalar;
    Batch* batch_8;
    Batch* batch_16;
    Batch* batch_32;
    Batch* batch_64;

    /// The batch of the narrowest storage for both formats.
    Batch& batch(Format in, Format out) const {
        const int word = std::max(in.word_bits(), out.word_bits());
        return *(word <= 8 ? batch_8 : word <= 16 ? batch_16 : word <= 32 ? batch_32 : batch_64);
    }
};

namespace detail {

template <class Function, class Stored>
void run_batch(Format in, Format out, std::int64_t first, int step, std::span<std::int64_t> results,
               OverflowCount& events) {
    std::array<Stored, strip> stored{};
    for (std::size_t i = 0; i < results.size(); ++i) {
        stored[i] = static_cast<Stored>(first + step * static_cast<std::int64_t>(i));
    }
    fxp::math::apply<Function>(in, stored.data(), results.size(), out, stored.data(), events);
    std::copy_n(stored.begin(), results.size(), results.begin());
}

inline const fxp::approximate::SigmoidFunction exact_sigmoid;
inline const fxp::approximate::TanhFunction exact_tanh;
inline const fxp::approximate::RsqrtFunction exact_rsqrt;
inline const fxp::approximate::Exp2Function exact_exp2;
inline const fxp::approximate::Log2Function exact_log2;
inline const fxp::approximate::ReciprocalFunction exact_reciprocal;

template <class Function>
Activation activation(const char* name, const fxp::approximate::ExactFunction& exact, Scalar* scalar, Domain domain,
                      Direction direction, Mirror mirror, int outside_sign) {
    return {name,
            exact,
            domain,
            direction,
            mirror,
            outside_sign,
            scalar,
            run_batch<Function, std::int8_t>,
            run_batch<Function, std::int16_t>,
            run_batch<Function, std::int32_t>,
            run_batch<Function, std::int64_t>};
}

} // namespace detail

inline const std::vector<Activation>& activations() {
    namespace math = fxp::math;
    using detail::activation;
    static const std::vector<Activation> all{
        activation<math::Sigmoid>("sigmoid", detail::exact_sigmoid, math::sigmoid, Domain::all, Direction::rising,
                                  Mirror::complement, 0),
        activation<math::Tanh>("tanh", detail::exact_tanh, math::tanh, Domain::all, Direction::rising, Mirror::odd, 0),
        activation<math::Rsqrt>("rsqrt", detail::exact_rsqrt, math::rsqrt, Domain::positive, Direction::falling,
                                Mirror::none, 1),
        activation<math::Exp2>("exp2", detail::exact_exp2, math::exp2, Domain::all, Direction::rising, Mirror::none, 0),
        activation<math::Log2>("log2", detail::exact_log2, math::log2, Domain::positive, Direction::rising,
                               Mirror::none, -1),
        activation<math::Reciprocal>("reciprocal", detail::exact_reciprocal, math::reciprocal, Domain::nonzero,
                                     Direction::falling, Mirror::odd, 1),
    };
    return all;
}

struct Range {
    std::int64_t first;
    std::int64_t last;
};

/// The inputs of a format that lie in a domain, as ranges without a gap.
inline std::vector<Range> ranges(Domain domain, Format in) {
    switch (domain) {
    case Domain::all:
        return {{-in.max_raw(), in.max_raw()}};
    case Domain::positive:
        return {{1, in.max_raw()}};
    case Domain::nonzero:
        return {{-in.max_raw(), -1}, {1, in.max_raw()}};
    }
    return {};
}

/// The range, or of one of more than 2^24 inputs every 32nd window of 2^20, with the windows at the ends and beside
/// zero.
inline std::vector<Range> windows(Range range) {
    constexpr std::int64_t width = std::int64_t{1} << 20;
    if (range.last - range.first < 16 * width) return {range};
    std::vector<Range> chosen;
    for (std::int64_t first = range.first, k = 0; first <= range.last; first += width, ++k) {
        const std::int64_t last = std::min(first + width - 1, range.last);
        const bool border = k == 0 || last == range.last || (first <= width && last >= -width);
        if (border || k % 32 == 0) chosen.push_back({first, last});
    }
    return chosen;
}

/// The function against the exact one on every input of a range. look(first, results, events) sees each batch in the
/// thread that made it; the input before a batch may come as a batch of its own too, unless there is one thread and the
/// range has at most 2^22 inputs.
template <class Look>
UlpReport compare(const Activation& f, Format in, Format out, Range range, unsigned threads, Look look) {
    return fxp::approximate::compare_every_input<std::int64_t>(
        f.exact, {range.first, range.last, in.frac_bits, out.frac_bits, out.max_raw(), f.direction},
        [&, &batch = f.batch(in, out)](std::int64_t first, std::span<std::int64_t> results) {
            OverflowCount events;
            batch(in, out, first, 1, results, events);
            look(first, std::span<const std::int64_t>(results), events);
        },
        threads);
}

/// Whether f(-x) is what f.mirror says of f(x), for those of the inputs first, first + 1, ... that are positive. For
/// formats that can hold f(x) + f(-x), or in which neither saturates.
inline bool is_mirrored(const Activation& f, Format format, std::int64_t first, std::span<const std::int64_t> results) {
    const std::int64_t last = first + static_cast<std::int64_t>(results.size()) - 1;
    if (f.mirror == Mirror::none || last < 1) return true;
    const auto positive = results.last(static_cast<std::size_t>(last - std::max<std::int64_t>(first, 1) + 1));
    std::array<std::int64_t, strip> mirrored;
    OverflowCount events;
    f.batch(format, format)(format, format, -std::max<std::int64_t>(first, 1), -1,
                            std::span(mirrored.data(), positive.size()), events);
    const std::int64_t sum = f.mirror == Mirror::complement ? std::int64_t{1} << format.frac_bits : 0;
    std::int64_t different = 0;
    for (std::size_t i = 0; i < positive.size(); ++i) different |= positive[i] + mirrored[i] - sum;
    return different == 0;
}

inline std::string text(Format format) {
    return "<" + std::to_string(format.int_bits) + "," + std::to_string(format.frac_bits) + ">";
}

} // namespace activation_proof
