// The block evaluation against one element at a time in __int128, saturations inside it counted exactly.
#include "core/exact.hpp"
#include "math/reference_reals.hpp"
#include "support/catch.hpp"

#include <fxp/core/format.hpp>
#include <fxp/kernels/reference_polynomial.hpp>
#include <fxp/math/reference_tables.hpp>

#include <vector>

namespace reference_polynomial_test {

using fxp::Format;
using fxp::OverflowCount;
using reference_oracle::Evaluation;

namespace {

template <Format F>
struct Check {
    using Stored = fxp::storage_t<F.word_bits()>;
    using Wide = std::conditional_t<(F.word_bits() <= 32), std::int64_t, fxp::int128>;

    /// All raws of a small word; of a large one random ones, the ends and every segment's bounds and their neighbours.
    static std::vector<Stored> inputs(const reference_oracle::Reals& table) {
        std::vector<Stored> result;
        if constexpr (F.word_bits() <= 16) {
            for (std::int64_t raw = -F.max_raw(); raw <= F.max_raw(); ++raw) result.push_back(static_cast<Stored>(raw));
            return result;
        }
        for (const double upper : table.upper) {
            const double bound = std::ldexp(upper, F.frac_bits);
            if (bound > static_cast<double>(F.max_raw()) / 2) continue;
            for (int off = -1; off <= 1; ++off) {
                result.push_back(static_cast<Stored>(static_cast<std::int64_t>(bound) + off));
                result.push_back(static_cast<Stored>(-static_cast<std::int64_t>(bound) + off));
            }
        }
        exact::Draw draw(1);
        for (int i = 0; i < 20000; ++i) result.push_back(static_cast<Stored>(draw.raw(F.word_bits())));
        return result;
    }

    static void sigmoid_and_tanh() {
        const auto run = [](const auto& table, const auto& reals, auto element) {
            const auto x = inputs(reals);
            std::vector<Stored> out(x.size());
            OverflowCount events;
            fxp::kernels::evaluate<Wide>(fxp::math::reference::in_format(table, F), x.data(), x.size(), out.data(),
                                         events);
            Evaluation oracle(reals, F.word_bits(), F.frac_bits);
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < x.size(); ++i) wrong += out[i] != element(oracle, x[i]);
            CHECK(wrong == 0);
            CHECK(oracle.events == events);
            return events.count;
        };
        INFO("<" << F.int_bits << ", " << F.frac_bits << ">");
        saturations += run(fxp::math::reference::sigmoid, reference_oracle::sigmoid,
                           [](Evaluation& oracle, exact::i128 x) { return oracle.sigmoid(x); });
        saturations += run(fxp::math::reference::tanh, reference_oracle::tanh,
                           [](Evaluation& oracle, exact::i128 x) { return oracle.tanh(x); });
    }
    static void rsqrt() {
        auto x = inputs(reference_oracle::rsqrt);
        std::erase_if(x, [](Stored raw) { return raw <= 0; });
        std::vector<Stored> out(x.size());
        OverflowCount events;
        fxp::kernels::evaluate_rsqrt<Wide>(fxp::math::reference::in_format(fxp::math::reference::rsqrt, F), x.data(),
                                           x.size(), out.data(), events);
        Evaluation oracle(reference_oracle::rsqrt, F.word_bits(), F.frac_bits);
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < x.size(); ++i) wrong += out[i] != oracle.rsqrt(x[i]);
        INFO("<" << F.int_bits << ", " << F.frac_bits << ">");
        CHECK(wrong == 0);
        CHECK(oracle.events == events);
        saturations += events.count;
    }

    static inline std::uint64_t saturations = 0;
};

} // namespace

TEST_CASE("sigmoid and tanh tables in many formats", "[kernels][polynomial]") {
    Check<Format{8, 24}>::sigmoid_and_tanh();
    Check<Format{8, 16}>::sigmoid_and_tanh();
    Check<Format{4, 12}>::sigmoid_and_tanh();
    Check<Format{4, 4}>::sigmoid_and_tanh();
    Check<Format{7, 9}>::sigmoid_and_tanh();
    Check<Format{3, 29}>::sigmoid_and_tanh();
    Check<Format{8, 40}>::sigmoid_and_tanh();
    Check<Format{16, 46}>::sigmoid_and_tanh();
    Check<Format{39, 24}>::sigmoid_and_tanh();
    Check<Format{1, 7}>::sigmoid_and_tanh(); // which cannot hold one
}

TEST_CASE("rsqrt table in many formats", "[kernels][polynomial]") {
    Check<Format{8, 24}>::rsqrt();
    Check<Format{8, 16}>::rsqrt();
    Check<Format{4, 12}>::rsqrt();
    Check<Format{5, 3}>::rsqrt();
    Check<Format{4, 28}>::rsqrt();
    Check<Format{8, 40}>::rsqrt();
    Check<Format{16, 46}>::rsqrt();
    Check<Format{39, 24}>::rsqrt();
    CHECK(Check<Format{8, 24}>::saturations > 0);
}

TEST_CASE("random polynomials that saturate at every step", "[kernels][polynomial]") {
    using fxp::kernels::Symmetry;
    exact::Draw draw(2);
    std::uint64_t saturations = 0;
    for (int round = 0; round < 300; ++round) {
        const int frac_bits = 1 + static_cast<int>(draw.below(7));
        fxp::kernels::ReferencePolynomial<3> p;
        p.symmetry = static_cast<Symmetry>(draw.below(3));
        p.frac_bits = frac_bits;
        p.max_raw = 127;
        p.upper = {127, 80, static_cast<std::int64_t>(draw.below(80))};
        for (std::size_t i = 0; i < 3; ++i) {
            p.offset[i] = draw.raw(8);
            for (auto& coefficients : p.coefficients) coefficients[i] = draw.raw(8);
        }
        std::vector<std::int8_t> x;
        for (int raw = -127; raw <= 127; ++raw) x.push_back(static_cast<std::int8_t>(raw));
        std::vector<std::int8_t> out(x.size());
        OverflowCount events;
        fxp::kernels::evaluate<std::int64_t>(p, x.data(), x.size(), out.data(), events);

        exact::Events expected_events;
        const auto clip = [&](exact::i128 value) {
            const auto fitted = exact::fitted(fxp::Overflow::saturate, value, 8);
            if (fitted.event) expected_events.record(value);
            return fitted.value;
        };
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const exact::i128 size = x[i] < 0 ? -exact::i128{x[i]} : exact::i128{x[i]};
            const std::size_t segment = size <= p.upper[2] ? 2 : size <= p.upper[1] ? 1 : 0;
            const exact::i128 t = clip(size + p.offset[segment]);
            exact::i128 sum = 0;
            for (const auto& coefficients : p.coefficients) {
                const exact::i128 product =
                    exact::rounded<exact::i128>(fxp::Rounding::nearest_even, sum * t, frac_bits);
                sum = clip(clip(product) + coefficients[segment]);
            }
            if (x[i] < 0 && p.symmetry == Symmetry::one_minus) sum = (exact::i128{1} << frac_bits) - sum;
            if (x[i] < 0 && p.symmetry == Symmetry::odd) sum = -sum;
            wrong += out[i] != clip(sum);
        }
        CHECK(wrong == 0);
        CHECK(expected_events == events);
        saturations += events.count;
    }
    CHECK(saturations > 1000);
}

TEST_CASE("evaluation in place and of any length", "[kernels][polynomial]") {
    const auto p = fxp::math::reference::in_format(fxp::math::reference::tanh, Format{4, 12});
    for (const std::size_t length :
         {std::size_t{0}, std::size_t{1}, std::size_t{255}, std::size_t{256}, std::size_t{600}}) {
        std::vector<std::int16_t> x(length + 1, 77);
        Evaluation oracle(reference_oracle::tanh, 16, 12);
        std::vector<std::int16_t> expected(length + 1, 77);
        for (std::size_t i = 0; i < length; ++i) {
            x[i] = static_cast<std::int16_t>(static_cast<int>(i * 101 % 65535) - 32767);
            expected[i] = static_cast<std::int16_t>(oracle.tanh(x[i]));
        }
        OverflowCount events;
        fxp::kernels::evaluate<std::int64_t>(p, x.data(), length, x.data(), events);
        CHECK(x == expected);
    }
}

TEST_CASE("the raw value below the symmetric range counts as its end", "[kernels][polynomial]") {
    for (const Format format : {Format{1, 31}, Format{8, 24}, Format{2, 30}}) {
        const auto p = fxp::math::reference::in_format(fxp::math::reference::sigmoid, format);
        const auto least = static_cast<std::int32_t>(-format.max_raw());
        const std::int32_t x[] = {least - 1, least};
        std::int32_t y[2] = {};
        OverflowCount events;
        fxp::kernels::evaluate<std::int64_t>(p, x, 2, y, events);
        CHECK(y[0] == y[1]);
    }
}

TEST_CASE("lanes are used where no step can saturate, and nowhere else", "[kernels]") {
    using fxp::math::reference::in_format;
    CHECK(in_format(fxp::math::reference::sigmoid, Format{8, 24}).lanes.usable);
    CHECK(in_format(fxp::math::reference::tanh, Format{8, 24}).lanes.usable);
    CHECK(in_format(fxp::math::reference::tanh, Format{16, 16}).lanes.usable);
    CHECK_FALSE(in_format(fxp::math::reference::sigmoid, Format{1, 31}).lanes.usable); // has no number one
    CHECK_FALSE(in_format(fxp::math::reference::tanh, Format{20, 30}).lanes.usable);   // wider than 32 bits
    CHECK_FALSE(in_format(fxp::math::reference::rsqrt, Format{8, 24}).lanes.usable);   // not mirrored
    CHECK_FALSE(in_format(fxp::math::reference::tanh, Format{30, 2}).lanes.usable); // a border of less than half a step
}

TEST_CASE("raws outside the format count the same wherever they stand", "[kernels]") {
    const auto p = fxp::math::reference::in_format(fxp::math::reference::tanh, Format{6, 16}); // 22 of 32 bits
    for (const std::int32_t raw : {1 << 24, -(1 << 24), (1 << 21) - 1}) {
        const std::vector<std::int32_t> x(33, raw);
        std::vector<std::int32_t> together(x.size());
        std::vector<std::int32_t> alone(x.size());
        OverflowCount events;
        OverflowCount events_alone;
        fxp::kernels::evaluate<std::int64_t>(p, x.data(), x.size(), together.data(), events);
        for (std::size_t i = 0; i < x.size(); ++i) {
            fxp::kernels::evaluate<std::int64_t>(p, x.data() + i, 1, alone.data() + i, events_alone);
        }
        CHECK(together == alone);
        CHECK(events.count == events_alone.count);
    }
}

} // namespace reference_polynomial_test
