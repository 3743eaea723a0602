// The reference polynomials in lanes of 32 bits, where it is certain that no step of the evaluation saturates.
#pragma once

#include "fxp/kernels/avx512.hpp"
#include "fxp/kernels/symmetry.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace fxp::kernels {

/// A piecewise quadratic of a 32-bit format, as registers hold it: up to 16 segments, found by one of 64 equal cells.
struct ReferenceLanes {
    bool usable = false;
    int frac_bits = 0;
    int cell_bits = 0;       ///< cell k holds the |x| in (k, k + 1] * 2^cell_bits; 0 also zero, 63 all above
    std::int32_t end = 0;    ///< largest |x|
    std::int32_t mirror = 0; ///< f(x) = mirror - f(-x) for x < 0
    std::array<std::int16_t, 64> cell{}; ///< -> segment
    std::array<std::int32_t, 16> offset{};
    std::array<std::int32_t, 16> c2{};
    std::array<std::int32_t, 16> c1{};
    std::array<std::int32_t, 16> c0{};
};

namespace detail {

/// True when no step of the evaluation can leave [-max_raw, max_raw], whatever the argument.
template <class Polynomial>
constexpr bool never_saturates(const Polynomial& p) {
    const auto size = [](std::int64_t value) { return int128{value < 0 ? -value : value}; };
    for (std::size_t s = 0; s < p.upper.size(); ++s) {
        const std::int64_t low = s + 1 < p.upper.size() ? p.upper[s + 1] : 0;
        const int128 t = std::max(size(p.upper[s] + p.offset[s]), size(low + p.offset[s]));
        int128 value = size(p.coefficients[0][s]);
        for (std::size_t k = 1; k < 3; ++k) {
            value = ((value * t) >> p.frac_bits) + (value == 0 ? 0 : 1) + size(p.coefficients[k][s]);
            if (t > p.max_raw || value > p.max_raw) return false;
        }
        if (value + (int128{1} << p.frac_bits) > p.max_raw) return false;
    }
    return true;
}

} // namespace detail

/// `usable` when the polynomial is odd or one_minus, has at most 16 segments that 64 cells tell apart, and never
/// saturates; its format's words have at most 32 bits.
template <class Polynomial>
constexpr ReferenceLanes reference_lanes(const Polynomial& p) {
    ReferenceLanes lanes;
    const std::size_t segments = p.upper.size();
    const bool mirrored = p.symmetry == Symmetry::odd || p.symmetry == Symmetry::one_minus;
    if (!mirrored || p.frac_bits < 1 || segments > 16 || p.max_raw > 0x7fffffff || !detail::never_saturates(p))
        return lanes;
    std::int64_t borders = 0;
    for (std::size_t s = 1; s < segments; ++s) {
        if (p.upper[s] <= 0) return lanes; // zero would need a cell of its own
        borders |= p.upper[s];
    }
    if (borders == 0) return lanes;
    while ((borders >> lanes.cell_bits & 1) == 0) ++lanes.cell_bits;
    if (p.upper[1] >> lanes.cell_bits > 63) return lanes;
    lanes.frac_bits = p.frac_bits;
    lanes.end = static_cast<std::int32_t>(p.max_raw);
    lanes.mirror = p.symmetry == Symmetry::odd ? 0 : static_cast<std::int32_t>(std::int64_t{1} << p.frac_bits);
    for (std::size_t k = 0; k < 64; ++k) {
        for (std::size_t s = 1; s < segments; ++s) {
            if (static_cast<std::int64_t>(k) < p.upper[s] >> lanes.cell_bits)
                lanes.cell[k] = static_cast<std::int16_t>(s);
        }
    }
    for (std::size_t s = 0; s < segments; ++s) {
        lanes.offset[s] = static_cast<std::int32_t>(p.offset[s]);
        lanes.c2[s] = static_cast<std::int32_t>(p.coefficients[0][s]);
        lanes.c1[s] = static_cast<std::int32_t>(p.coefficients[1][s]);
        lanes.c0[s] = static_cast<std::int32_t>(p.coefficients[2][s]);
    }
    lanes.usable = true;
    return lanes;
}

#ifdef FXP_X86_DISPATCH

namespace detail {

/// product / 2^shift, ties to even: right in the low 32 bits of the lanes, whose results fit there.
[[FXP_TARGET_AVX512]] FXP_INLINE void round_even(avx512::I64& product, int shift, const avx512::U64& bias) {
    avx512::U64 bits = reinterpret_cast<avx512::U64>(product);
    bits += bias + ((bits >> shift) & 1);
    bits >>= shift;
    product = reinterpret_cast<avx512::I64>(bits);
}

[[FXP_TARGET_AVX512, gnu::noinline]] inline void evaluate_lanes_avx512(const ReferenceLanes& p, const std::int32_t* x,
                                                                       std::size_t count, std::int32_t* out) {
    using namespace avx512;
    I16 low;
    I16 high;
    load(low, p.cell.data());
    load(high, p.cell.data() + 32);
    I32 offsets;
    I32 c2s;
    I32 c1s;
    I32 c0s;
    load(offsets, p.offset.data());
    load(c2s, p.c2.data());
    load(c1s, p.c1.data());
    load(c0s, p.c0.data());
    const int shift = p.frac_bits;
    const U64 bias = ((std::uint64_t{1} << (shift - 1)) - 1) - U64{};
    const U32 end = static_cast<std::uint32_t>(p.end) - U32{};
    const I32 mirror = p.mirror - I32{};
    for (std::size_t i = 0; i < count; i += 16) {
        I32 value;
        load(value, x + i);
        const I32 negative = value >> 31;
        absolute(value);
        U32 a = reinterpret_cast<U32>(value);
        a = a < end ? a : end;
        U32 cell = ((a > 1 ? a : U32{} + 1) - 1) >> p.cell_bits;
        cell = cell < 63 ? cell : U32{} + 63;
        I16 segment = reinterpret_cast<I16>(cell);
        look_up(segment, low, high);
        I32 t;
        I32 c2;
        I32 c1;
        I32 c0;
        const I32 index = reinterpret_cast<I32>(segment);
        look_up(t, offsets, index);
        look_up(c2, c2s, index);
        look_up(c1, c1s, index);
        look_up(c0, c0s, index);
        t += reinterpret_cast<I32>(a);
        I64 even = reinterpret_cast<I64>(c2);
        I64 odd;
        I64 odd_t;
        I64 odd_c1;
        odd_lanes(odd, c2);
        odd_lanes(odd_t, t);
        odd_lanes(odd_c1, c1);
        const I64 even_t = reinterpret_cast<I64>(t);
        multiply_low(even, even, even_t);
        multiply_low(odd, odd, odd_t);
        round_even(even, shift, bias);
        round_even(odd, shift, bias);
        even += reinterpret_cast<I64>(c1);
        odd += odd_c1;
        multiply_low(even, even, even_t);
        multiply_low(odd, odd, odd_t);
        round_even(even, shift, bias);
        round_even(odd, shift, bias);
        I32 result;
        interleave_low(result, even, odd);
        result += c0;
        result = negative != 0 ? mirror - result : result;
        store(result, out + i);
    }
}

} // namespace detail

#endif

/// out[i] = p(x[i]) for a multiple of 16 leading elements, whose number is returned: none without the instructions or
/// when `p` is not usable. out may be x.
inline std::size_t evaluate_lanes(const ReferenceLanes& p, const std::int32_t* x, std::size_t count,
                                  std::int32_t* out) {
#ifdef FXP_X86_DISPATCH
    if (p.usable && includes(active_isa(), Isa::avx512)) {
        const std::size_t whole = count - count % 16;
        detail::evaluate_lanes_avx512(p, x, whole, out);
        return whole;
    }
#endif
    static_cast<void>(p);
    static_cast<void>(x);
    static_cast<void>(count);
    static_cast<void>(out);
    return 0;
}

} // namespace fxp::kernels
