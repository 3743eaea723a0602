// Every activation function, on every input of every format of up to 16 bits, and on samples of the others: the exact
// value, rounded to nearest, ties to even, and saturated.
#include "support/catch.hpp"

#ifdef FXP_HAVE_MPFR

#include "core/exact.hpp"
#include "math/activation_proof.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace activations_test {

using namespace activation_proof;

namespace {

/// A range of inputs: correctly rounded, monotone, symmetric within one format, and every saturation is an event.
void check_range(const Activation& f, Format in, Format out, Range range) {
    OverflowCount events;
    const bool mirrors = in == out && in.int_bits >= 1 && in.frac_bits >= 0;
    bool symmetric = true;
    const UlpReport report =
        compare(f, in, out, range, 1,
                [&](std::int64_t first, std::span<const std::int64_t> results, const OverflowCount& of_batch) {
                    events.merge(of_batch);
                    symmetric = symmetric && (!mirrors || is_mirrored(f, in, first, results));
                });
    INFO(f.name << " of " << text(in) << " in " << text(out) << ", raw " << range.first << " to " << range.last
                << ": first wrong at " << report.first_wrong << ", largest error " << report.max_error);
    CHECK(report.inputs == range.last - range.first + 1);
    CHECK(report.misrounded == 0);
    CHECK(report.misclamped == 0);
    CHECK(report.descents == 0);
    CHECK(symmetric);
    CHECK(events.count == static_cast<std::uint64_t>(report.saturated));
}

/// Inputs outside the domain give a limit and an event each.
void check_outside(const Activation& f, Format format) {
    if (f.domain == Domain::all) return;
    const std::int64_t limit = f.outside_sign * format.max_raw();
    std::array<std::int64_t, strip> results;
    const std::int64_t lowest = f.domain == Domain::positive ? -format.max_raw() : 0;
    for (std::int64_t last = 0; last >= lowest; last -= strip) {
        const auto count = static_cast<std::size_t>(std::min(strip, last - lowest + 1));
        OverflowCount events;
        f.batch(format, format)(format, format, last, -1, std::span(results.data(), count), events);
        CHECK(events.count == count);
        CHECK(std::count(results.data(), results.data() + count, limit) == static_cast<std::ptrdiff_t>(count));
    }
}

} // namespace

TEST_CASE("every input of every format of up to 16 bits is correctly rounded", "[math][activations]") {
    for (const Activation& f : activations()) {
        for (int word = 2; word <= 16; ++word) {
            const int margin = word <= 10 ? 4 : 0; // formats of negative IntBits or FracBits take the precise path
            for (int frac_bits = -margin; frac_bits < word + margin; ++frac_bits) {
                const Format format{word - frac_bits, frac_bits};
                for (const Range range : ranges(f.domain, format)) check_range(f, format, format, range);
                INFO(f.name << " of " << text(format));
                check_outside(f, format);
            }
        }
    }
}

TEST_CASE("inputs of one format, results of another", "[math][activations]") {
    for (const Activation& f : activations()) {
        for (const Format in :
             {Format{2, 6}, Format{8, 8}, Format{1, 15}, Format{13, 0}, Format{18, -4}, Format{-4, 18}}) {
            for (const Format out : {Format{2, 6}, Format{-2, 10}, Format{16, -4}, Format{4, 12}, Format{8, 24},
                                     Format{1, 31}, Format{-6, 36}, Format{20, 22}}) {
                for (const Range range : ranges(f.domain, in)) check_range(f, in, out, range);
            }
        }
    }
}

TEST_CASE("inputs of 32 bits: the ends, around 0 and 1, and at random", "[math][activations]") {
    exact::Draw draw(5);
    constexpr std::int64_t width = 1 << 14;
    for (const Activation& f : activations()) {
        for (const Format format : {Format{8, 24}, Format{16, 16}, Format{1, 31}, Format{2, 30}, Format{4, 28},
                                    Format{32, 0}, Format{4, 20}}) {
            const std::int64_t one = std::min(std::int64_t{1} << format.frac_bits, format.max_raw());
            std::vector<std::int64_t> centres{-format.max_raw(), -one, 0, one, format.max_raw()};
            for (int i = 0; i < 20; ++i) centres.push_back(draw.raw(format.word_bits()));
            for (const Range domain : ranges(f.domain, format)) {
                for (const std::int64_t centre : centres) {
                    const Range range{std::max(domain.first, centre - width), std::min(domain.last, centre + width)};
                    if (range.first <= range.last) check_range(f, format, format, range);
                }
            }
        }
    }
}

TEST_CASE("one number of any formats is correctly rounded, by itself and in a batch", "[math][activations]") {
    using fxp::approximate::far_away;
    exact::Draw draw(6);
    const auto any_format = [&](int wide) {
        const int word = 2 + static_cast<int>(draw.below(63));
        const int frac_bits = static_cast<int>(draw.below(static_cast<std::size_t>(word + 2 * wide))) - wide;
        return Format{word - frac_bits, frac_bits};
    };
    for (const Activation& f : activations()) {
        for (int i = 0; i < 10000; ++i) {
            // Now and then formats so fine or coarse that 110 bits cannot tell all results from their neighbours: there
            // the error is half an ULP and 2^-100.
            const bool wide = i % 4 == 0;
            const Format in = any_format(wide ? 300 : 20);
            const Format out = any_format(wide ? 300 : 20);
            const bool extreme = wide || out.frac_bits > 50;
            std::int64_t raw = draw.raw(in.word_bits());
            if (f.domain != Domain::all && raw == 0) raw = 1;
            if (f.domain == Domain::positive && raw < 0) raw = -raw;
            INFO(f.name << " of " << raw << " of " << text(in) << " in " << text(out));

            const std::int64_t rounded = fxp::approximate::round_exactly(f.exact, raw, in.frac_bits, out.frac_bits);
            OverflowCount events;
            const std::int64_t result = f.scalar(raw, in, out, events);
            // Beyond 2^62 the oracle knows the sign alone, which words of up to 62 bits do not mind.
            if ((rounded > -far_away && rounded < far_away) || out.word_bits() <= 62) {
                const std::int64_t expected = std::clamp(rounded, -out.max_raw(), out.max_raw());
                if (extreme) {
                    const double fine = std::ldexp(1.0, std::min(out.frac_bits - 100, 100));
                    CHECK(std::fabs(static_cast<double>(result) - static_cast<double>(expected)) <= 1 + fine);
                } else {
                    CHECK(result == expected);
                    CHECK(events.count == (expected == rounded ? 0 : 1));
                }
            }

            std::int64_t in_batch = 0;
            OverflowCount batch_events;
            f.batch(in, out)(in, out, raw, 1, std::span(&in_batch, 1), batch_events);
            CHECK(in_batch == result);
            CHECK(batch_events.count == events.count);
            CHECK(batch_events.worst == events.worst);
        }
    }
}

TEST_CASE("the raw value below the symmetric range is an argument like any other", "[math][activations]") {
    // Only Overflow::wrap produces it.
    for (const Activation& f : activations()) {
        if (f.domain == Domain::positive) continue;
        for (int frac_bits = 0; frac_bits <= 31; ++frac_bits) {
            const Format in{32 - frac_bits, frac_bits};
            const std::int64_t raw = -in.max_raw() - 1;
            for (const Format out : {Format{3, 29}, Format{8, 24}, Format{4, 28}, Format{16, 40}}) {
                INFO(f.name << " of " << text(in) << " in " << text(out));
                const std::int64_t rounded = fxp::approximate::round_exactly(f.exact, raw, frac_bits, out.frac_bits);
                OverflowCount events;
                CHECK(f.scalar(raw, in, out, events) == std::clamp(rounded, -out.max_raw(), out.max_raw()));
            }
        }
    }
}

} // namespace activations_test

#endif
