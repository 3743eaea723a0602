// Sums of elements, in place of either operand, against the exact oracle.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/kernels/elements.hpp>

#include <array>
#include <limits>
#include <vector>

namespace elements_test {

namespace {

enum class Place { apart, in_a, in_b };

template <class T>
void check_sums(int word_bits, Place place, exact::Draw& draw) {
    const std::size_t count = 1 + draw.below(1500);
    const int operand_bits = draw.below(2) == 0 ? word_bits : std::max(2, word_bits - 1); // of which all sums fit
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
                a[i] = static_cast<T>(draw.raw(operand_bits));
                b[i] = static_cast<T>(draw.raw(operand_bits));
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
            INFO("word " << word_bits << ", operands of " << operand_bits << " bits, signs " << signs << ", place "
                         << static_cast<int>(place));
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

TEST_CASE("a sum that leaves its word for a number within it saturates", "[kernels]") {
    const auto check = [](auto max) {
        using T = decltype(max);
        constexpr T min = std::numeric_limits<T>::min();
        fxp::kernels::Requantize how;
        how.limits = fxp::Limits{fxp::Format{static_cast<int>(8 * sizeof(T)), 0, fxp::Range::full}};
        const auto sum = [&](T a, bool negate_a, T b) {
            const std::vector<T> left{0, a, 0};
            const std::vector<T> right{0, b, 0};
            std::vector<T> out(3);
            fxp::OverflowCount events;
            fxp::kernels::add_elements(left.data(), negate_a, right.data(), false, 3, how, out.data(), events);
            CHECK(events.count == 1);
            return out[1];
        };
        CHECK(sum(max, false, max) == max);
        CHECK(sum(min, false, min) == min);
        CHECK(sum(min, true, 0) == max);
        CHECK(sum(max, true, min) == min);
    };
    check(std::numeric_limits<std::int8_t>::max());
    check(std::numeric_limits<std::int16_t>::max());
    check(std::numeric_limits<std::int32_t>::max());
}

TEST_CASE("sums one beyond either end of their format saturate", "[kernels]") {
    fxp::kernels::Requantize how;
    how.limits = fxp::Limits{fxp::Format{5, 0}};
    const std::array<std::int8_t, 2> ones{0, 1};
    for (const bool negative : {false, true}) {
        const std::array<std::int8_t, 2> ends{0, static_cast<std::int8_t>(negative ? -15 : 15)};
        std::array<std::int8_t, 2> out{};
        fxp::OverflowCount events;
        fxp::kernels::add_elements(ends.data(), false, ones.data(), negative, 2, how, out.data(), events);
        CHECK(out == ends);
        CHECK(events.count == 1);
    }
}

TEST_CASE("elements that a wider storage holds are fitted into its format", "[kernels]") {
    fxp::kernels::Requantize how;
    how.limits = fxp::Limits{fxp::Format{5, 0}};
    for (const std::int8_t value : {std::int8_t{-20}, std::int8_t{20}}) {
        for (const bool negate : {false, true}) {
            std::int16_t out = 0;
            fxp::OverflowCount events;
            fxp::kernels::convert_elements(&value, negate, 1, how, &out, events);
            CHECK(out == ((value < 0) != negate ? -15 : 15));
            CHECK(events.count == 1);
        }
    }
}

TEST_CASE("terms of other scales than the result are left to combine", "[kernels]") {
    const std::array<std::int8_t, 2> values{3, -5};
    const auto sum_is_made = [&](std::size_t count, int term_shift, int shift, auto stored) {
        std::array<fxp::kernels::Term, 2> terms;
        for (fxp::kernels::Term& term : terms) {
            term.kind = fxp::kernels::Term::Kind::plain;
            term.shift = term_shift;
            term.a.data = values.data();
            term.a.bytes = 1;
            term.a.row_stride = 2;
            term.a.column_stride = 1;
        }
        fxp::kernels::Requantize how;
        how.shift = shift;
        std::array<decltype(stored), 2> out{};
        fxp::OverflowCount events;
        return fxp::kernels::combine_elements(terms.data(), count, 1, 2, 0, 2, how, 0, out.data(), events);
    };
    CHECK(sum_is_made(2, 0, 0, std::int8_t{}));
    CHECK_FALSE(sum_is_made(2, 1, 0, std::int8_t{}));
    CHECK_FALSE(sum_is_made(2, 0, 1, std::int8_t{}));
    CHECK(sum_is_made(1, 0, 0, std::int16_t{}));
    CHECK_FALSE(sum_is_made(1, 0, 1, std::int16_t{}));
}

TEST_CASE("two products of elements are of their own factors", "[kernels]") {
    const std::array<std::array<std::int8_t, 2>, 4> values{{{3, -5}, {7, 2}, {4, 6}, {-2, 8}}};
    const auto operand = [&](std::size_t i) {
        fxp::kernels::Operand o;
        o.data = values[i].data();
        o.bytes = 1;
        o.row_stride = 2;
        o.column_stride = 1;
        return o;
    };
    std::array<fxp::kernels::Term, 2> terms;
    for (std::size_t t = 0; t < 2; ++t) {
        terms[t].kind = fxp::kernels::Term::Kind::elementwise;
        terms[t].a = operand(2 * t);
        terms[t].b = operand(2 * t + 1);
    }
    std::array<std::int8_t, 2> out{};
    fxp::OverflowCount events;
    const fxp::kernels::Requantize how;
    REQUIRE(fxp::kernels::combine_elements(terms.data(), 2, 1, 2, 0, 2, how, 0, out.data(), events));
    CHECK(out == std::array<std::int8_t, 2>{21 - 8, -10 + 48});
}

TEST_CASE("a single number stands for every element", "[kernels]") {
    constexpr std::size_t count = 600; // more than two blocks
    constexpr std::uint64_t first_element = 1000;
    exact::Draw draw(17);
    std::vector<std::int16_t> values(count);
    for (std::int16_t& v : values) v = static_cast<std::int16_t>(draw.raw(14));
    std::array<std::int16_t, 2> numbers{};
    const fxp::kernels::Operand dense{values.data(), 2, count, 1, 1 << 15};
    const auto number = [&](std::size_t i) { return fxp::kernels::Operand{&numbers[i], 2, 0, 0, 1 << 15}; };
    fxp::kernels::Requantize how;
    how.limits = fxp::Limits{fxp::Format{16, 0}};
    how.random = {draw.bits(), 1, 2, fxp::RandomUse::user};
    struct Case {
        fxp::kernels::Term::Kind kind;
        std::size_t terms;
        int shift;
    };
    const auto elementwise = fxp::kernels::Term::Kind::elementwise;
    for (const Case& c : {Case{elementwise, 1, 7}, {elementwise, 2, 9}, {fxp::kernels::Term::Kind::plain, 2, 0}}) {
        for (const bool number_first : {false, true}) {
            constexpr std::size_t begin = 3;
            const std::size_t end = number_first ? begin + 7 : count - 1;
            CAPTURE(c.terms, c.shift, number_first);
            for (std::int16_t& v : numbers) v = static_cast<std::int16_t>(draw.raw(12));
            std::array<fxp::kernels::Term, 2> terms;
            for (std::size_t t = 0; t < c.terms; ++t) {
                terms[t].kind = c.kind;
                const bool is_sum = c.kind != elementwise;
                terms[t].a = number_first == (is_sum && t == 1) ? dense : number(t);
                terms[t].b = number_first ? dense : number(t);
                if (!is_sum && !number_first) terms[t].a = dense;
            }
            terms[1].negate = c.kind != elementwise;
            how.shift = c.shift;
            how.rounding = c.shift == 0 ? fxp::Rounding::nearest_even : fxp::Rounding::stochastic;
            const auto value = [&](const fxp::kernels::Operand& o, std::size_t i) {
                return exact::i128{static_cast<const std::int16_t*>(o.data)[o.column_stride == 0 ? 0 : i]};
            };
            std::vector<std::int16_t> expected(count, 5);
            exact::Events expected_events;
            for (std::size_t i = begin; i < end; ++i) {
                exact::i128 sum = 0;
                for (std::size_t t = 0; t < c.terms; ++t) {
                    const exact::i128 a = value(terms[t].a, i);
                    if (c.kind == elementwise) sum += a * value(terms[t].b, i);
                    if (c.kind != elementwise) sum += terms[t].negate ? -a : a;
                }
                expected[i] =
                    static_cast<std::int16_t>(exact::requantized(how.rounding, how.overflow, sum, how.shift, 16,
                                                                 expected_events, how.random.word(first_element + i)));
            }
            std::vector<std::int16_t> out(count, 5);
            fxp::OverflowCount events;
            REQUIRE(fxp::kernels::combine_elements(terms.data(), c.terms, 1, count, begin, end - begin, how,
                                                   first_element, out.data(), events));
            CHECK(out == expected);
            CHECK(events.count == expected_events.count);
        }
    }
    std::array<fxp::kernels::Term, 1> wider;
    wider[0].kind = elementwise;
    wider[0].a = dense;
    wider[0].b = {values.data(), 4, 0, 0, std::uint64_t{1} << 31};
    std::vector<std::int16_t> out(count);
    fxp::OverflowCount events;
    CHECK_FALSE(fxp::kernels::combine_elements(wider.data(), 1, 1, count, 0, count, how, 0, out.data(), events));
}

TEST_CASE("products of elements are rounded by the words of their own places", "[kernels]") {
    constexpr std::size_t count = 12;
    constexpr std::uint64_t first_element = 100;
    exact::Draw draw(16);
    std::array<std::array<std::int16_t, count>, 4> values;
    for (auto& row : values) {
        for (std::int16_t& v : row) v = static_cast<std::int16_t>(draw.raw(9));
    }
    std::array<fxp::kernels::Term, 2> terms;
    for (std::size_t t = 0; t < 2; ++t) {
        terms[t].kind = fxp::kernels::Term::Kind::elementwise;
        terms[t].a = {values[2 * t].data(), 2, count, 1, 1 << 8};
        terms[t].b = {values[2 * t + 1].data(), 2, count, 1, 1 << 8};
    }
    fxp::kernels::Requantize how;
    how.shift = 7;
    how.limits = fxp::Limits{fxp::Format{16, 0}};
    how.rounding = fxp::Rounding::stochastic;
    how.random = {draw.bits(), 1, 2, fxp::RandomUse::user};
    for (const std::size_t term_count : {1u, 2u}) {
        std::array<std::int16_t, count> expected;
        exact::Events none;
        for (std::size_t i = 0; i < count; ++i) {
            exact::i128 sum = exact::i128{values[0][i]} * values[1][i];
            if (term_count == 2) sum += exact::i128{values[2][i]} * values[3][i];
            expected[i] = static_cast<std::int16_t>(exact::requantized(how.rounding, how.overflow, sum, how.shift, 16,
                                                                       none, how.random.word(first_element + i)));
        }
        std::array<std::int16_t, count> out{};
        fxp::OverflowCount events;
        const auto make = [&](std::size_t first, std::size_t n) {
            REQUIRE(fxp::kernels::combine_elements(terms.data(), term_count, 1, count, first, n, how, first_element,
                                                   out.data(), events));
        };
        make(0, 5);
        make(5, count - 5);
        CHECK(out == expected);
    }
}

} // namespace elements_test
