// Tables of functions of words: on every input of every format, in every instruction set, the same bits and events as
// math::apply, which is correctly rounded (activations_test.cpp).
#include "support/catch.hpp"

#include <fxp/math/tanh.hpp>
#include <fxp/math/words/function.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace function_test {

using fxp::Format;
using fxp::OverflowCount;
using fxp::kernels::Isa;
using fxp::math::Sigmoid;
using fxp::math::Tanh;
using namespace fxp::math::words;

namespace {

std::string text(Format format) {
    return "<" + std::to_string(format.int_bits) + "," + std::to_string(format.frac_bits) + ">";
}

/// Every argument of a format, the one below the symmetric range first.
template <class Word>
std::vector<Word> all_arguments(Format in) {
    std::vector<Word> x;
    for (std::int64_t raw = -in.max_raw() - 1; raw <= in.max_raw(); ++raw) x.push_back(static_cast<Word>(raw));
    return x;
}

template <class F, class Word>
std::vector<Word> expected_values(Format in, Format out, OverflowCount& events) {
    const std::vector<Word> x = all_arguments<Word>(in);
    std::vector<Word> y(x.size());
    fxp::math::apply<F>(in, x.data(), x.size(), out, y.data(), events);
    return y;
}

std::vector<Isa> available() {
    std::vector<Isa> sets;
    for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512, Isa::amx, Isa::neon}) {
        if (includes(fxp::kernels::detect_isa(), isa)) sets.push_back(isa);
    }
    return sets;
}

template <class Table>
bool gives(const Table& table, const std::vector<std::int16_t>& x, const std::vector<std::int16_t>& y) {
    return std::equal(x.begin(), x.end(), y.begin(),
                      [&](std::int16_t argument, std::int16_t value) { return evaluate(table, argument) == value; });
}

template <class Function, class Word>
bool computes(const Function& f, const std::vector<Word>& x, const std::vector<Word>& y) {
    std::vector<Word> result(x.size());
    f(x.data(), x.size(), result.data());
    return result == y;
}

/// The target, both of its tables as their specification reads, and the function in every instruction set.
template <class F>
void check_words(Format in, Format out, bool must_fit) {
    INFO(text(in) << " in " << text(out));
    OverflowCount events;
    const auto x = all_arguments<std::int16_t>(in);
    const auto y = expected_values<F, std::int16_t>(in, out, events);
    const auto target = target_of<F>(in, out);
    REQUIRE(target.has_value() == (events.count == 0));
    if (!target) return;
    const auto quadratic = fit_quadratic(*target);
    const auto cubic = fit_cubic(*target);
    if (must_fit) CHECK(cubic.has_value());
    if (quadratic) CHECK(gives(*quadratic, x, y));
    if (cubic) CHECK(gives(*cubic, x, y));
    for (const Isa isa : available()) {
        const WordFunction f(target, isa);
        CHECK(computes(f, x, y));
        const Method table = quadratic ? Method::quadratic : cubic ? Method::cubic : Method::lookup;
        CHECK(f.method() == (includes(isa, Isa::avx512) ? table : Method::lookup));
    }
#ifdef FXP_X86_DISPATCH
    if (includes(fxp::kernels::detect_isa(), Isa::avx512) && cubic) {
        std::vector<std::int16_t> result(x.size());
        fxp::kernels::words::avx512::evaluate(*cubic, x.data(), x.size(), result.data());
        CHECK(result == y);
    }
#endif
}

template <class F>
void check_bytes(Format in, Format out) {
    INFO(text(in) << " in " << text(out));
    OverflowCount events;
    const auto x = all_arguments<std::int8_t>(in);
    const auto y = expected_values<F, std::int8_t>(in, out, events);
    for (const Isa isa : available()) {
        const ByteFunction f = ByteFunction::of<F>(in, out, isa);
        CHECK((f.method() == Method::none) == (events.count != 0));
        if (f.method() != Method::none) CHECK(computes(f, x, y));
    }
}

/// What CorrectlyRoundedActivations calls.
template <class F, Format in, Format out = in>
void check_apply() {
    INFO(text(in) << " in " << text(out));
    using X = fxp::storage_t<in.word_bits()>;
    using Y = fxp::storage_t<out.word_bits()>;
    const auto x = all_arguments<X>(in);
    std::vector<Y> expected(x.size());
    std::vector<Y> result(x.size());
    OverflowCount expected_events;
    OverflowCount events;
    fxp::math::apply<F>(in, x.data(), x.size(), out, expected.data(), expected_events);
    apply<F, in, out>(x.data(), x.size(), result.data(), events);
    CHECK(result == expected);
    CHECK(events.count == expected_events.count);
    CHECK(events.worst == expected_events.worst);
}

template <Format in, Format out = in>
void check_apply_of_both() {
    check_apply<Sigmoid, in, out>();
    check_apply<Tanh, in, out>();
}

} // namespace

TEST_CASE("words of 9 to 16 bits: every input of every format", "[math][words]") {
    for (int word = 9; word <= 16; ++word) {
        for (int frac_bits = 0; frac_bits < word; ++frac_bits) {
            check_words<Sigmoid>({word - frac_bits, frac_bits}, {word - frac_bits, frac_bits}, true);
            check_words<Tanh>({word - frac_bits, frac_bits}, {word - frac_bits, frac_bits}, true);
        }
    }
}

TEST_CASE("quadratics serve the common formats", "[math][words]") {
    using fxp::kernels::words::Shape;
    const auto shape_of = [](const std::optional<Target>& target) {
        const auto table = fit_quadratic(target.value());
        REQUIRE(table.has_value());
        return table->shape;
    };
    for (const Format format :
         {Format{1, 15}, Format{2, 14}, Format{3, 13}, Format{4, 12}, Format{5, 11}, Format{6, 10}, Format{8, 8}}) {
        INFO(text(format));
        CHECK(shape_of(target_of<Sigmoid>(format, format)) == Shape::plain);
    }
    for (const Format format : {Format{5, 11}, Format{6, 10}, Format{8, 8}}) {
        INFO(text(format));
        CHECK(shape_of(target_of<Tanh>(format, format)) == Shape::plain);
    }
    CHECK(shape_of(target_of<Tanh>({4, 12}, {4, 12})) == Shape::kinked);
    CHECK(shape_of(target_of<Tanh>({2, 14}, {2, 14})) == Shape::ramped);
}

TEST_CASE("words of one format, results of another", "[math][words]") {
    for (const Format in : {Format{8, 8}, Format{4, 12}, Format{0, 16}, Format{1, 10}, Format{12, 4}, Format{3, 8}}) {
        for (const Format out :
             {Format{8, 8}, Format{4, 12}, Format{1, 15}, Format{0, 16}, Format{-1, 17}, Format{12, 4}, Format{3, 8}}) {
            check_words<Sigmoid>(in, out, false);
            check_words<Tanh>(in, out, false);
        }
    }
}

TEST_CASE("bytes: every input of every format", "[math][words]") {
    for (int word = 2; word <= 8; ++word) {
        for (int frac_bits = -4; frac_bits < word + 4; ++frac_bits) {
            const Format format{word - frac_bits, frac_bits};
            for (const Format out : {format, Format{2, 6}, Format{5, 3}}) {
                check_bytes<Sigmoid>(format, out);
                check_bytes<Tanh>(format, out);
            }
        }
    }
}

TEST_CASE("functions of words record the events that math::apply does", "[math][words]") {
    check_apply_of_both<Format{4, 12}>();
    check_apply_of_both<Format{1, 15}>();
    check_apply_of_both<Format{0, 16}>();
    check_apply_of_both<Format{-2, 18}>();
    check_apply_of_both<Format{18, -2}>();
    check_apply_of_both<Format{4, 12}, Format{1, 15}>();
    check_apply_of_both<Format{4, 12}, Format{8, 24}>();
    check_apply_of_both<Format{4, 12}, Format{17, -1}>();
    check_apply_of_both<Format{2, 6}>();
    check_apply_of_both<Format{1, 7}>();
    check_apply_of_both<Format{4, 4}, Format{1, 7}>();
    check_apply_of_both<Format{4, 4}, Format{4, 12}>();
}

TEST_CASE("functions of words take any number of them, at any address, in place too", "[math][words]") {
    const auto check = [](const auto& f, auto word) {
        using Word = decltype(word);
        // Aligned as the widest vectors: with and without numbers before and after their whole steps.
        struct alignas(64) Numbers : std::array<Word, 150> {};
        Numbers x;
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<Word>(i * 37 - 2000);
        Numbers y;
        f(x.data(), x.size(), y.data());
        for (std::size_t first = 0; first < 3; ++first) {
            for (std::size_t count = 0; first + count <= x.size(); ++count) {
                Numbers some = x;
                f(some.data() + first, count, some.data() + first);
                Numbers expected = x;
                std::copy_n(y.data() + first, count, expected.data() + first);
                REQUIRE(some == expected);
            }
        }
    };
    for (const Isa isa : available()) {
        check(WordFunction(target_of<Tanh>({4, 12}, {4, 12}), isa), std::int16_t{});
        check(WordFunction(target_of<Tanh>({2, 14}, {2, 14}), isa), std::int16_t{});
        check(WordFunction(target_of<Tanh>({3, 13}, {3, 13}), isa), std::int16_t{});
        check(WordFunction(target_of<Sigmoid>({4, 12}, {4, 12}), isa), std::int16_t{});
        check(ByteFunction::of<Sigmoid>({4, 4}, {4, 4}, isa), std::int8_t{});
    }
}

} // namespace function_test
