// Sums of elements, in place of either operand, against the exact oracle.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/kernels/elements.hpp>

#include <vector>

namespace {

enum class Place { apart, in_a, in_b };

template <class T>
void check_sums(int word_bits, Place place, exact::Draw& draw) {
    const std::size_t count = 1 + draw.below(1500);
    fxp::kernels::Requantize how;
    how.limits = fxp::Limits{fxp::Format{word_bits, 0}};
    for (const fxp::Overflow policy : exact::all_policies) {
        how.overflow = policy;
        for (const int signs : {0, 1, 2, 3}) {
            const bool negate_a = signs % 2 == 1;
            const bool negate_b = signs >= 2;
            std::vector<T> a(count);
            std::vector<T> b(count);
            std::vector<T> expected(count);
            exact::Events events;
            for (std::size_t i = 0; i < count; ++i) {
                a[i] = static_cast<T>(draw.raw(word_bits));
                b[i] = static_cast<T>(draw.raw(word_bits));
                const exact::i128 sum =
                    (negate_a ? -exact::i128{a[i]} : exact::i128{a[i]}) + (negate_b ? -exact::i128{b[i]} : b[i]);
                const auto fitted = exact::fitted(policy, sum, word_bits);
                if (fitted.event) events.record(sum);
                expected[i] = static_cast<T>(fitted.value);
            }
            std::vector<T> apart(count);
            T* out = place == Place::apart ? apart.data() : place == Place::in_a ? a.data() : b.data();
            fxp::OverflowCount counted;
            fxp::kernels::add_elements(a.data(), negate_a, b.data(), negate_b, count, how, out, counted);
            INFO("word " << word_bits << ", signs " << signs << ", place " << static_cast<int>(place));
            REQUIRE(std::vector<T>(out, out + count) == expected);
            REQUIRE(events == counted);
        }
    }
}

} // namespace

TEST_CASE("sums of elements equal exact ones, wherever they are put", "[kernels]") {
    exact::Draw draw(14);
    for (const Place place : {Place::apart, Place::in_a, Place::in_b}) {
        for (int i = 0; i < 4; ++i) {
            check_sums<std::int8_t>(2 + static_cast<int>(draw.below(7)), place, draw);
            check_sums<std::int16_t>(9 + static_cast<int>(draw.below(8)), place, draw);
            check_sums<std::int32_t>(17 + static_cast<int>(draw.below(16)), place, draw);
        }
        check_sums<std::int32_t>(32, place, draw);
    }
}
