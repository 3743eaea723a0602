// The largest magnitude of rows of every length, wherever it lies, against a plain search.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/kernels/max_magnitude.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace max_magnitude_test {

TEMPLATE_TEST_CASE("the largest magnitude is found wherever it lies", "[kernels]", std::int8_t, std::int16_t,
                   std::int32_t, std::int64_t) {
    using T = TestType;
    constexpr int bits = 8 * static_cast<int>(sizeof(T));
    exact::Draw draw(61);
    const auto magnitude = [](T value) {
        const auto wide = exact::i128{value};
        return static_cast<std::uint64_t>(wide < 0 ? -wide : wide);
    };
    for (const std::size_t count : {0U, 1U, 7U, 8U, 15U, 16U, 31U, 32U, 33U, 64U, 100U, 128U, 131U, 300U}) {
        std::vector<T> values(count + 1);
        for (T& value : values) value = static_cast<T>(draw.raw(bits - 2));
        values[count] = std::numeric_limits<T>::min(); // is not asked for
        std::uint64_t plain = 0;
        for (std::size_t i = 0; i < count; ++i) plain = std::max(plain, magnitude(values[i]));
        CHECK(fxp::kernels::max_magnitude(values.data(), count) == plain);
        for (std::size_t i = 0; i < count; ++i) {
            const T kept = values[i];
            for (const T extreme : {std::numeric_limits<T>::min(), static_cast<T>(-std::numeric_limits<T>::max()),
                                    std::numeric_limits<T>::max()}) {
                values[i] = extreme;
                if (fxp::kernels::max_magnitude(values.data(), count) == magnitude(extreme)) continue;
                FAIL("a magnitude of " << +extreme << " at " << i << " of " << count << " is not found");
            }
            values[i] = kept;
        }
    }
}

} // namespace max_magnitude_test
