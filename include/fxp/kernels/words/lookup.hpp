// Functions of short words by looking every result up.
#pragma once

#include "fxp/core/wide.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace fxp::kernels::words {

/// Numbers are looked up by blocks apart from x and y: stores to y cannot then be taken for what is loaded from x next,
/// as processors do where the low bits of the addresses agree.
inline constexpr std::size_t block = 256;

/// The value, which compilers then do not look up for vectors that they fill lane by lane, taking twice as long.
template <class Word>
FXP_INLINE Word scalar(Word value) {
#if defined(__GNUC__) || defined(__clang__)
    asm("" : "+r"(value));
#endif
    return value;
}

/// f(x) of bytes: values[x modulo 256].
struct ByteTable {
    alignas(64) std::array<std::int8_t, 256> values{};
};

/// y[i] = f(x[i]); y may be x.
inline void evaluate(const ByteTable& f, const std::int8_t* x, std::size_t count, std::int8_t* y) {
    std::array<std::int8_t, block> bytes;
    for (std::size_t begin = 0; begin < count; begin += block) {
        const std::size_t n = std::min(block, count - begin);
        std::copy_n(x + begin, n, bytes.data());
#pragma GCC unroll 8
        for (std::size_t i = 0; i < n; ++i) bytes[i] = scalar(f.values[static_cast<std::uint8_t>(bytes[i])]);
        std::copy_n(bytes.data(), n, y + begin);
    }
}

/// f(x) of 16-bit integers with f(-x) = one - f(x): values[min(|x|, limit)].
struct WordTable {
    const std::int16_t* values = nullptr; ///< limit + 1 of them
    std::uint16_t limit = 0;              ///< at most 2^15
    std::int16_t one = 0;
};

/// y[i] = f(x[i]); y may be x.
inline void evaluate(const WordTable& f, const std::int16_t* x, std::size_t count, std::int16_t* y) {
    std::array<std::int16_t, block> arguments;
    std::array<std::uint16_t, block> magnitudes;
    std::array<std::int16_t, block> results;
    const std::int16_t* values = f.values;
    const std::uint16_t limit = f.limit;
    const std::int16_t one = f.one;
    for (std::size_t begin = 0; begin < count; begin += block) {
        const std::size_t n = std::min(block, count - begin);
        std::copy_n(x + begin, n, arguments.data());
        for (std::size_t i = 0; i < n; ++i) {
            const auto magnitude = static_cast<std::uint16_t>(arguments[i] < 0 ? -arguments[i] : arguments[i]);
            magnitudes[i] = magnitude < limit ? magnitude : limit;
        }
#pragma GCC unroll 8
        for (std::size_t i = 0; i < n; ++i) results[i] = scalar(values[magnitudes[i]]);
        for (std::size_t i = 0; i < n; ++i) {
            results[i] = static_cast<std::int16_t>(arguments[i] < 0 ? one - results[i] : results[i]);
        }
        std::copy_n(results.data(), n, y + begin);
    }
}

} // namespace fxp::kernels::words
