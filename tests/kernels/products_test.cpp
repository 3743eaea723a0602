// Rounded sums of one and two products, and offsets from a constant, against the exact oracle.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/kernels/offset.hpp>
#include <fxp/kernels/products.hpp>

#include <array>
#include <limits>
#include <vector>

namespace products_test {

using fxp::Format;
using fxp::Limits;
using fxp::Overflow;
using fxp::OverflowCount;
using fxp::Rounding;
using fxp::kernels::Factors;
using fxp::kernels::Requantize;

namespace {

constexpr Rounding rules[] = {Rounding::toward_zero,       Rounding::floor,
                              Rounding::nearest_up,        Rounding::nearest_even,
                              Rounding::pseudo_stochastic, Rounding::stochastic};

/// Raws of a word: all sizes, its ends and, now and then, the storage's low end.
template <class T>
std::vector<T> draw_raws(exact::Draw& draw, std::size_t count, int word_bits, bool with_low_end) {
    std::vector<T> values(count);
    for (T& v : values) v = static_cast<T>(draw.raw(word_bits));
    if (with_low_end) values[draw.below(count)] = std::numeric_limits<T>::min();
    return values;
}

/// One and two products in place of a or b, with every rounding and policy.
template <class T>
void check_products(int word_bits, int shift, exact::Draw& draw) {
    const std::size_t count = 1 + draw.below(600);
    const fxp::Range range = draw.range();
    const bool with_low_end = draw.below(3) == 0;
    const auto a = draw_raws<T>(
        draw, count, 2 + static_cast<int>(draw.below(static_cast<std::uint64_t>(word_bits - 1))), with_low_end);
    const auto b = draw_raws<T>(draw, count, word_bits, with_low_end);
    const auto c = draw_raws<T>(draw, count, word_bits, false);
    const auto d = draw_raws<T>(
        draw, count, 2 + static_cast<int>(draw.below(static_cast<std::uint64_t>(word_bits - 1))), with_low_end);
    for (const Rounding rule : rules) {
        for (const Overflow policy : {Overflow::saturate, Overflow::throw_error, Overflow::wrap}) {
            Requantize how;
            how.shift = shift;
            how.limits = Limits{Format{word_bits, 0, range}};
            how.rounding = rule;
            how.overflow = policy;
            how.random = {draw.below(1000), 1, 2, fxp::RandomUse::user};
            for (const bool two : {false, true}) {
                const std::uint64_t first = draw.below(1 << 20);
                exact::Events events;
                std::vector<T> expected(count);
                for (std::size_t i = 0; i < count; ++i) {
                    exact::Integer sum{exact::i128{a[i]} * b[i]};
                    if (two) sum = sum + exact::Integer{exact::i128{c[i]} * d[i]};
                    const std::uint32_t word = rule == Rounding::stochastic ? how.random.word(first + i) : 0;
                    expected[i] =
                        static_cast<T>(exact::requantized(rule, policy, sum, shift, word_bits, events, word, range));
                }
                const bool in_b = draw.below(2) == 0;
                std::vector<T> out = in_b ? b : a;
                const Factors<T> ab{in_b ? a.data() : out.data(), in_b ? out.data() : b.data()};
                OverflowCount counted;
                if (two) {
                    const std::array<Factors<T>, 2> factors{{ab, {c.data(), d.data()}}};
                    fxp::kernels::sum_of_products(factors, count, how, first, out.data(), counted);
                } else {
                    fxp::kernels::multiply(ab.a, ab.b, count, how, first, out.data(), counted);
                }
                INFO("word " << word_bits << ", " << fxp::range_name(range) << ", shift " << shift << ", rule "
                             << static_cast<int>(rule) << ", policy " << static_cast<int>(policy) << ", two " << two
                             << ", count " << count);
                REQUIRE(out == expected);
                REQUIRE(events == counted);
            }
        }
    }
}

template <class T>
void check_offset(int word_bits, exact::Draw& draw) {
    const std::size_t count = 1 + draw.below(300);
    const fxp::Range range = draw.range();
    const auto x = draw_raws<T>(draw, count, word_bits, draw.below(2) == 0);
    const std::int64_t raw = draw.raw(word_bits);
    const auto constant = static_cast<T>(raw < 0 ? -raw : raw);
    for (const Overflow policy : {Overflow::saturate, Overflow::wrap}) {
        for (const bool negate : {false, true}) {
            exact::Events events;
            std::vector<T> expected(count);
            for (std::size_t i = 0; i < count; ++i) {
                const exact::i128 sum = exact::i128{constant} + (negate ? -exact::i128{x[i]} : exact::i128{x[i]});
                const auto fitted = exact::fitted(policy, sum, word_bits, range);
                if (fitted.event) events.record(sum);
                expected[i] = static_cast<T>(fitted.value);
            }
            std::vector<T> out(count);
            OverflowCount counted;
            fxp::kernels::offset(constant, negate, x.data(), count, Limits{Format{word_bits, 0, range}}, policy,
                                 out.data(), counted);
            INFO("word " << word_bits << ", " << fxp::range_name(range) << ", constant " << raw << ", negate " << negate
                         << ", policy " << static_cast<int>(policy));
            REQUIRE(out == expected);
            REQUIRE(events == counted);
        }
    }
}

} // namespace

TEST_CASE("products equal exact ones, every rounding and policy", "[kernels]") {
    exact::Draw draw(11);
    for (int i = 0; i < 12; ++i) {
        const int shift = static_cast<int>(draw.below(34));
        check_products<std::int8_t>(3 + static_cast<int>(draw.below(6)), shift % 16, draw);
        check_products<std::int16_t>(9 + static_cast<int>(draw.below(8)), shift % 32, draw);
        check_products<std::int32_t>(17 + static_cast<int>(draw.below(16)), shift, draw);
        check_products<std::int32_t>(32, 24, draw);
        check_products<std::int64_t>(33 + static_cast<int>(draw.below(30)), 2 * shift, draw);
    }
}

TEST_CASE("pseudo-stochastic products of 32-bit words, at all scales", "[kernels]") {
    exact::Draw draw(12);
    for (int shift = 1; shift < 32; ++shift) check_products<std::int32_t>(32, shift, draw);
}

TEST_CASE("a product whose low bits look as if it fits saturates", "[kernels]") {
    const auto check = [](auto root, int shift) {
        using T = decltype(root);
        // root^2 / 2^shift is a multiple of 2^word, and all other products are zero.
        std::vector<T> a(64);
        a[17] = root;
        Requantize how;
        how.shift = shift;
        how.limits = Limits{Format{static_cast<int>(8 * sizeof(T)), 0}};
        how.rounding = Rounding::pseudo_stochastic;
        std::vector<T> expected(64);
        expected[17] = std::numeric_limits<T>::max();
        std::vector<T> out(64);
        OverflowCount events;
        fxp::kernels::multiply(a.data(), a.data(), a.size(), how, 0, out.data(), events);
        CHECK(out == expected);
        CHECK(events.count == 1);
        const std::vector<T> zeros(64);
        const std::array<Factors<T>, 2> factors{{{a.data(), a.data()}, {zeros.data(), zeros.data()}}};
        fxp::kernels::sum_of_products(factors, a.size(), how, 0, out.data(), events);
        CHECK(out == expected);
        CHECK(events.count == 2);
    };
    check(std::int16_t{1 << 13}, 8);
    check(std::int32_t{1 << 28}, 16);
}

TEST_CASE("pseudo-stochastic products that all fit, by every shift", "[kernels]") {
    exact::Draw draw(15);
    const auto check = [&](auto zero) {
        using T = decltype(zero);
        constexpr int word_bits = 8 * sizeof(T);
        Requantize how;
        how.limits = Limits{Format{word_bits, 0}};
        how.rounding = Rounding::pseudo_stochastic;
        for (how.shift = 1; how.shift < word_bits; ++how.shift) {
            std::vector<T> a(256);
            std::vector<T> b(256);
            std::vector<T> expected(256);
            for (std::size_t i = 0; i < a.size(); ++i) {
                a[i] = static_cast<T>(draw.raw((word_bits + how.shift) / 2));
                b[i] = static_cast<T>(draw.raw((word_bits + how.shift) / 2));
                exact::Events none;
                expected[i] = static_cast<T>(exact::requantized(how.rounding, how.overflow, exact::i128{a[i]} * b[i],
                                                                how.shift, word_bits, none));
            }
            std::vector<T> out(256);
            OverflowCount events;
            fxp::kernels::multiply(a.data(), b.data(), a.size(), how, 0, out.data(), events);
            INFO("word " << word_bits << ", shift " << how.shift);
            REQUIRE(out == expected);
            REQUIRE(events.count == 0);
        }
    };
    check(std::int16_t{0});
    check(std::int32_t{0});
}

TEST_CASE("a product that is rounded up beyond the largest number saturates", "[kernels]") {
    const auto check = [](auto a, auto b) {
        using T = decltype(a);
        std::vector<T> left(64);
        std::vector<T> right(64);
        left[5] = a;
        right[5] = b;
        Requantize how;
        how.shift = 1;
        how.limits = Limits{Format{static_cast<int>(8 * sizeof(T)), 0}};
        how.rounding = Rounding::pseudo_stochastic;
        std::vector<T> out(64);
        OverflowCount events;
        fxp::kernels::multiply(left.data(), right.data(), left.size(), how, 0, out.data(), events);
        CHECK(out[5] == std::numeric_limits<T>::max());
        CHECK(events.count == 1);
    };
    check(std::int16_t{255}, std::int16_t{257});     // 2^16 - 1
    check(std::int32_t{65535}, std::int32_t{65537}); // 2^32 - 1
}

TEST_CASE("a product one beyond either end saturates", "[kernels]") {
    const auto check = [](auto quarter) {
        using T = decltype(quarter); // the storage's range is four times as long
        constexpr T most = std::numeric_limits<T>::max();
        Requantize how;
        how.limits = Limits{Format{static_cast<int>(8 * sizeof(T)), 0}};
        for (const T two : {T{2}, T{-2}}) {
            std::vector<T> left(64);
            std::vector<T> right(64);
            left[5] = quarter;
            right[5] = two;
            std::vector<T> out(64);
            OverflowCount events;
            fxp::kernels::multiply(left.data(), right.data(), left.size(), how, 0, out.data(), events);
            CHECK(out[5] == (two < 0 ? -most : most));
            CHECK(events.count == 1);
        }
    };
    check(std::int8_t{1 << 6});
    check(std::int16_t{1 << 14});
    check(std::int32_t{1 << 30});
}

TEST_CASE("offsets equal exact ones", "[kernels]") {
    exact::Draw draw(13);
    for (int i = 0; i < 100; ++i) {
        check_offset<std::int8_t>(2 + static_cast<int>(draw.below(7)), draw);
        check_offset<std::int16_t>(9 + static_cast<int>(draw.below(8)), draw);
        check_offset<std::int32_t>(17 + static_cast<int>(draw.below(16)), draw);
        check_offset<std::int64_t>(33 + static_cast<int>(draw.below(31)), draw);
    }
}

/// (-2^(w-1))^2 twice is 2^(2w-1), which lanes of twice the word do not hold.
template <class T>
void check_low_ends(int shift) {
    constexpr T low = std::numeric_limits<T>::min();
    std::vector<T> a(40, T{1});
    a[7] = a[33] = low;
    fxp::kernels::Requantize how;
    how.shift = shift;
    how.limits = fxp::Limits{fxp::Format{8 * static_cast<int>(sizeof(T)), 0}};
    how.rounding = fxp::Rounding::nearest_up;
    const fxp::kernels::Factors<T> square{a.data(), a.data()};
    std::vector<T> out(a.size());
    fxp::OverflowCount events;
    fxp::kernels::sum_of_products(std::array{square, square}, a.size(), how, 0, out.data(), events);
    CHECK(events.count == 2);
    CHECK(events.worst > 0);
    CHECK(out[7] == std::numeric_limits<T>::max());
    CHECK(out[33] == std::numeric_limits<T>::max());
}

TEST_CASE("sums of products of numbers at the low end saturate upwards", "[kernels]") {
    for (int shift = 0; shift < 15; ++shift) {
        check_low_ends<std::int16_t>(shift);
        check_low_ends<std::int32_t>(shift);
    }
}

} // namespace products_test
