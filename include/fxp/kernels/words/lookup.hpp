// Functions of short words by looking every result up.
#pragma once

#include "fxp/core/wide.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace fxp::kernels::words {

/// f(x) of bytes: values[x modulo 256].
struct ByteTable {
    alignas(64) std::array<std::int8_t, 256> values{};
};

/// y[i] = f(x[i]); y may be x.
inline void evaluate(const ByteTable& f, const std::int8_t* x, std::size_t count, std::int8_t* y) {
    for (std::size_t i = 0; i < count; ++i) y[i] = f.values[static_cast<std::uint8_t>(x[i])];
}

/// f(x) of 16-bit integers with f(-x) = one - f(x): values[min(|x|, limit)].
struct WordTable {
    const std::int16_t* values = nullptr; ///< limit + 1 of them
    std::int32_t limit = 0;
    std::int16_t one = 0;
};

/// y[i] = f(x[i]); y may be x.
inline void evaluate(const WordTable& f, const std::int16_t* x, std::size_t count, std::int16_t* y) {
    const std::int16_t* values = f.values;
    const std::int32_t limit = f.limit;
    const std::int32_t one = f.one;
    for (std::size_t i = 0; i < count; ++i) {
        const std::int32_t argument = x[i];
        const std::int32_t sign = argument >> 31;
        const std::int32_t magnitude = (argument ^ sign) - sign;
        const std::int32_t value = values[magnitude < limit ? magnitude : limit];
        y[i] = static_cast<std::int16_t>(((value ^ sign) - sign) + (one & sign));
    }
}

} // namespace fxp::kernels::words
