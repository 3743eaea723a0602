// Products: out = round(a b), or round(a b + c d), element by element, each sum exact and rounded once.
#pragma once

#include "fxp/core/wraps.hpp"
#include "fxp/kernels/avx512.hpp"
#include "fxp/kernels/compiled.hpp"
#include "fxp/kernels/round_block.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>

namespace fxp::kernels {

/// Two rows of integers whose products are summed. T: std::int8_t, int16_t, int32_t or int64_t.
template <class T, class U = T>
struct Factors {
    const T* a;
    const U* b;
};

namespace detail {

/// Any types, rounding and shift, one element at a time; |products| up to 2^126 each.
template <class Stored, class... T, class... U>
void products_any(std::size_t count, const Requantize& how, std::uint64_t first_element, Stored* out,
                  OverflowCount& events, Factors<T, U>... factors) {
    with_rounding(how.rounding, [&]<Rounding rule>() {
        with_words<rule>(how, first_element, count, [&](std::size_t i, std::uint32_t word) {
            const int128 sum = ((static_cast<int128>(factors.a[i]) * factors.b[i]) + ...);
            out[i] = static_cast<Stored>(fxp::requantize<rule>(sum, how.shift, how.limits, how.overflow, events, word));
        });
    });
}

/// Elements of a block.
inline constexpr std::size_t products_block = 256;

/// Lanes wide enough for a product of two T.
template <class T>
using ProductLane = std::conditional_t<sizeof(T) == 4, std::int64_t, std::int32_t>;
/// Whether the sum of so many leaves them when factors lie at the low end of their storage.
template <class T, std::size_t products>
inline constexpr bool is_tight = products == 2 && sizeof(ProductLane<T>) == 2 * sizeof(T);

/// a b, or a b + c d, modulo the lane; least: of the factors so far, where the sum may leave it.
template <std::size_t products, class T>
[[FXP_WRAPS]] FXP_INLINE ProductLane<T> lane_sum(T a, T b, T c, T d, T& least) {
    using Wide = ProductLane<T>;
    using Unsigned = std::make_unsigned_t<Wide>;
    Wide sum = Wide{a} * Wide{b};
    if constexpr (products == 2) {
        sum = static_cast<Wide>(static_cast<Unsigned>(sum) + static_cast<Unsigned>(Wide{c} * Wide{d}));
    }
    if constexpr (is_tight<T, products>) {
        const T first = a < b ? a : b;
        const T second = c < d ? c : d;
        const T lesser = first < second ? first : second;
        least = lesser < least ? lesser : least;
    }
    return sum;
}

/// out = rounded sums of one or two products, cut off; returns where they lie, zero included. Two products leave lanes
/// of twice the word only when a factor lies at the low end of its storage: then the interval is one that nothing fits.
template <RoundLoop loop, class T, std::size_t products>
FXP_INLINE Interval<ProductLane<T>> products_loop(std::array<Factors<T>, products> factors, std::size_t count,
                                                  RoundInLanes<ProductLane<T>> lanes,
                                                  const std::uint32_t* FXP_RESTRICT words, T* FXP_RESTRICT out) {
    using Wide = ProductLane<T>;
    const T* FXP_RESTRICT a = factors[0].a;
    const T* FXP_RESTRICT b = factors[0].b;
    const T* FXP_RESTRICT c = factors[products - 1].a;
    const T* FXP_RESTRICT d = factors[products - 1].b;
    Wide least = 0;
    Wide largest = 0;
    T least_factor = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const Wide sum = lane_sum<products>(a[i], b[i], c[i], d[i], least_factor);
        const Wide value = lanes.template round<loop>(sum, word_at<loop>(words, i));
        least = value < least ? value : least;
        largest = value > largest ? value : largest;
        out[i] = static_cast<T>(value);
    }
    if (least_factor == std::numeric_limits<T>::min()) largest = std::numeric_limits<Wide>::max();
    return {least, largest};
}

#ifdef FXP_X86_DISPATCH

/// Whether a lane has bits beyond its word or a magnitude of `limit` or more. Looks at them in memory: vectors that are
/// indexed would stay there during the loop that makes them.
template <class Lane, class V>
[[FXP_TARGET_AVX512]] FXP_INLINE bool any_beyond(const V& beyond, const V& largest, Lane limit) {
    constexpr std::size_t count = sizeof(V) / sizeof(Lane);
    std::array<Lane, count> bits;
    std::array<Lane, count> magnitudes;
    avx512::store(beyond, bits.data());
    avx512::store(largest, magnitudes.data());
    bool found = false;
    for (std::size_t lane = 0; lane < count; ++lane) found = found || bits[lane] != 0 || magnitudes[lane] >= limit;
    return found;
}

/// 32-bit words, pseudo-stochastic rounding, 2 <= shift <= 31, whole vectors: returns whether some result may have left
/// [-max, max]; then out is of no use.
template <std::size_t products>
[[FXP_TARGET_AVX512, gnu::noinline]] bool products_avx512(std::array<Factors<std::int32_t>, products> factors,
                                                          std::size_t count, int shift, std::int32_t max,
                                                          std::int32_t* out) {
    using namespace avx512;
    const LostHalves<std::uint32_t> lost(shift);
    U32 beyond{};  // bits that no word holds
    U32 largest{}; // magnitude before it goes up
    for (std::size_t i = 0; i < count; i += 16) {
        I64 even_sum{};
        I64 odd_sum{};
        for (std::size_t p = 0; p < products; ++p) {
            I32 a;
            I32 b;
            load(a, factors[p].a + i);
            load(b, factors[p].b + i);
            I64 even_product;
            I64 odd_product;
            multiply_lanes(even_product, odd_product, a, b);
            add_modulo(even_sum, even_product);
            add_modulo(odd_sum, odd_product);
        }
        I32 sign;
        interleave_high(sign, even_sum, odd_sum);
        absolute(even_sum); // 2^63, which wraps, stays as it is and is seen as beyond
        absolute(odd_sum);
        I32 low_half;
        I32 high_half;
        interleave_low(low_half, even_sum, odd_sum);
        interleave_high(high_half, even_sum, odd_sum);
        const U32 low = reinterpret_cast<U32>(low_half);
        const U32 high = reinterpret_cast<U32>(high_half);
        const U32 quotient = (high << (32 - shift)) | (low >> shift);
        beyond |= high >> shift;
        largest = largest > quotient ? largest : quotient;
        const U32 rounded = lost.round(quotient, low);
        const U32 result = sign < 0 ? U32{} - rounded : rounded;
        store(result, out + i);
    }
    const auto limit = static_cast<std::uint32_t>(max);
    return any_beyond<std::uint32_t>(beyond, largest, limit);
}

/// The same for products of 16-bit words, 2 <= shift <= 15, in vectors of 32.
[[FXP_TARGET_AVX512, gnu::noinline]] inline bool products_avx512(Factors<std::int16_t> factors, std::size_t count,
                                                                 int shift, std::int16_t max, std::int16_t* out) {
    using namespace avx512;
    const LostHalves<std::uint16_t> lost(shift);
    U16 beyond{};
    U16 largest{};
    for (std::size_t i = 0; i < count; i += 32) {
        I16 a;
        I16 b;
        load(a, factors.a + i);
        load(b, factors.b + i);
        const I16 sign = a ^ b;
        absolute(a);
        absolute(b);
        const U16 x = reinterpret_cast<U16>(a);
        const U16 y = reinterpret_cast<U16>(b);
        U16 high;
        multiply_high(high, x, y);
        const U16 low = x * y;
        const U16 quotient = (high << (16 - shift)) | (low >> shift);
        beyond |= high >> shift;
        largest = largest > quotient ? largest : quotient;
        const U16 rounded = lost.round(quotient, low);
        const U16 result = sign < 0 ? U16{} - rounded : rounded;
        store(result, out + i);
    }
    const auto limit = static_cast<std::uint16_t>(max);
    return any_beyond<std::uint16_t>(beyond, largest, limit);
}

/// Products by vectors of this processor, where there is a kernel for them: the number of leading elements that are
/// done, and in `outside` whether some result may have left [-max, max].
template <class T, std::size_t products>
std::size_t products_by_vectors(const std::array<Factors<T>, products>& factors, std::size_t count,
                                const Requantize& how, T max, T* out, bool& outside) {
    if (how.rounding != Rounding::pseudo_stochastic || how.shift < 2 || !includes(active_isa(), Isa::avx512)) return 0;
    if constexpr (sizeof(T) == 4) {
        if (count >= 16 && how.shift <= 31) {
            const std::size_t whole = count - count % 16;
            outside = products_avx512(factors, whole, how.shift, max, out);
            return whole;
        }
    }
    if constexpr (sizeof(T) == 2 && products == 1) {
        if (count >= 32 && how.shift <= 15) {
            const std::size_t whole = count - count % 32;
            outside = products_avx512(factors[0], whole, how.shift, max, out);
            return whole;
        }
    }
    return 0;
}

#else

template <class T, std::size_t products>
std::size_t products_by_vectors(const std::array<Factors<T>, products>&, std::size_t, const Requantize&, T, T*, bool&) {
    return 0;
}

#endif

template <class T, std::size_t products>
void products_fast(std::array<Factors<T>, products> factors, std::size_t count, const Requantize& how,
                   const std::uint32_t* words, T* out, bool& outside) {
    using Wide = ProductLane<T>;
    const std::size_t done = products_by_vectors(factors, count, how, static_cast<T>(how.limits.max_raw), out, outside);
    if (outside || done == count) return;
    for (Factors<T>& f : factors) f = {f.a + done, f.b + done};
    out += done;
    count -= done;
    const RoundInLanes<Wide> lanes(how);
    const Interval<Wide> found = with_round_loop(how, [&]<RoundLoop loop>() {
        return dispatch([=]() FXP_LOOP { return products_loop<loop>(factors, count, lanes, words, out); });
    });
    outside = !limits_in_lanes<Wide>(how.limits).includes(found);
}

/// Exact sums of one or two products. Returns false when they may have left the lanes: see products_loop.
template <class T, std::size_t products>
FXP_INLINE bool sums_loop(std::array<Factors<T>, products> factors, std::size_t count,
                          ProductLane<T>* FXP_RESTRICT sums) {
    const T* FXP_RESTRICT a = factors[0].a;
    const T* FXP_RESTRICT b = factors[0].b;
    const T* FXP_RESTRICT c = factors[products - 1].a;
    const T* FXP_RESTRICT d = factors[products - 1].b;
    T least_factor = 0;
    for (std::size_t i = 0; i < count; ++i) {
        sums[i] = lane_sum<products>(a[i], b[i], c[i], d[i], least_factor);
    }
    return least_factor != std::numeric_limits<T>::min();
}

/// A block in which some value does not fit, when rounds_in_block; returns false when the lanes do not hold its sums.
template <class T, std::size_t products>
bool products_fitted(const std::array<Factors<T>, products>& factors, std::size_t count, const Requantize& how,
                     const RowWords& random, T* out, OverflowCount& events) {
    using Wide = ProductLane<T>;
    std::array<Wide, products_block> sums;
    Wide* to = sums.data();
    if (!dispatch([=]() FXP_LOOP { return sums_loop(factors, count, to); })) return false;
    record(round_fit(to, 1, count, 0, how, random, limits_in_lanes<Wide>(how.limits), out, 0), events);
    return true;
}

/// sum_of_products of words of up to 32 bits.
template <class T, std::size_t products>
void products_in_blocks(const std::array<Factors<T>, products>& factors, std::size_t count, const Requantize& how,
                        std::uint64_t first_element, T* out, OverflowCount& events) {
    // The magnitudes of factors are at most 2^(w-1), or 2^(w-1) - 1 where two products could leave the lanes.
    constexpr uint128 square = uint128{1} << (16 * sizeof(T) - 2);
    constexpr uint128 bound = products * square - (is_tight<T, products> ? uint128{1} << (8 * sizeof(T)) : uint128{0});
    const bool fast = how.overflow != Overflow::wrap && rounds_in_block<ProductLane<T>>(how, bound);
    // A block written over its own factors is kept aside until it is certain that all of it fits.
    bool overlaps = false;
    for (const Factors<T>& f : factors) overlaps |= f.a == out || f.b == out;
    std::array<T, products_block> aside;
    for (std::size_t begin = 0; begin < count; begin += products_block) {
        const std::size_t n = std::min(products_block, count - begin);
        std::array<Factors<T>, products> block = factors;
        for (Factors<T>& f : block) f = {f.a + begin, f.b + begin};
        T* result = overlaps ? aside.data() : out + begin;
        bool outside = !fast;
        if (fast) {
            with_row_words(how, first_element + begin, 1, n, n, [&](auto, auto, const RowWords& random) {
                products_fast(block, n, how, random.words, result, outside);
                outside = outside && !products_fitted(block, n, how, random, result, events);
            });
        }
        if (outside) {
            std::apply([&](auto... f) { products_any(n, how, first_element + begin, result, events, f...); }, block);
        }
        if (overlaps) std::copy_n(result, n, out + begin);
    }
}

} // namespace detail

/// out[i] = requantize(a[i] b[i] + ...), one or two products, exact, rounded once. out may be any
/// of the factors, or shares nothing with them. `first_element`: address of element 0 in the random stream.
///
/// A block of 256 in which something overflows costs twice as much; words of 64 bits, Overflow::wrap, and sums that
/// leave 64 bits take a slow loop. Magnitudes of words of 64 bits: two products fit 127 bits.
template <class T, std::size_t products>
void sum_of_products(const std::array<Factors<T>, products>& factors, std::size_t count, const Requantize& how,
                     std::uint64_t first_element, T* out, OverflowCount& events) {
    static_assert(products == 1 || products == 2);
    if constexpr (sizeof(T) == 8) {
        std::apply([&](auto... f) { detail::products_any(count, how, first_element, out, events, f...); }, factors);
    } else {
        detail::products_in_blocks(factors, count, how, first_element, out, events);
    }
}

#ifdef FXP_COMPILED_KERNELS
FXP_KERNEL_TEMPLATE void sum_of_products(const std::array<Factors<std::int8_t>, 1>&, std::size_t, const Requantize&,
                                         std::uint64_t, std::int8_t*, OverflowCount&);
FXP_KERNEL_TEMPLATE void sum_of_products(const std::array<Factors<std::int8_t>, 2>&, std::size_t, const Requantize&,
                                         std::uint64_t, std::int8_t*, OverflowCount&);
FXP_KERNEL_TEMPLATE void sum_of_products(const std::array<Factors<std::int16_t>, 1>&, std::size_t, const Requantize&,
                                         std::uint64_t, std::int16_t*, OverflowCount&);
FXP_KERNEL_TEMPLATE void sum_of_products(const std::array<Factors<std::int16_t>, 2>&, std::size_t, const Requantize&,
                                         std::uint64_t, std::int16_t*, OverflowCount&);
FXP_KERNEL_TEMPLATE void sum_of_products(const std::array<Factors<std::int32_t>, 1>&, std::size_t, const Requantize&,
                                         std::uint64_t, std::int32_t*, OverflowCount&);
FXP_KERNEL_TEMPLATE void sum_of_products(const std::array<Factors<std::int32_t>, 2>&, std::size_t, const Requantize&,
                                         std::uint64_t, std::int32_t*, OverflowCount&);
FXP_KERNEL_TEMPLATE void sum_of_products(const std::array<Factors<std::int64_t>, 1>&, std::size_t, const Requantize&,
                                         std::uint64_t, std::int64_t*, OverflowCount&);
FXP_KERNEL_TEMPLATE void sum_of_products(const std::array<Factors<std::int64_t>, 2>&, std::size_t, const Requantize&,
                                         std::uint64_t, std::int64_t*, OverflowCount&);
#endif

/// out[i] = requantize(a[i] b[i]).
template <class T>
void multiply(const T* a, const T* b, std::size_t count, const Requantize& how, std::uint64_t first_element, T* out,
              OverflowCount& events) {
    sum_of_products(std::array<Factors<T>, 1>{Factors<T>{a, b}}, count, how, first_element, out, events);
}

} // namespace fxp::kernels
