#include "support/catch.hpp"

#include <fxp/core/format.hpp>

#include <limits>

namespace format_test {

using fxp::Format;
using fxp::Q;
using fxp::Range;

namespace {

template <int WordBits>
constexpr int storage_bits() {
    return static_cast<int>(8 * sizeof(fxp::storage_t<WordBits>));
}

/// Number of wrong answers for words of WordBits .. 64.
template <int WordBits>
constexpr int wrong_from() {
    // The smallest of 8, 16, 32, 64 bits that holds the word.
    const int expected = WordBits <= 8 ? 8 : WordBits <= 16 ? 16 : WordBits <= 32 ? 32 : 64;
    int wrong = storage_bits<WordBits>() == expected ? 0 : 1;
    wrong += std::numeric_limits<fxp::storage_t<WordBits>>::is_signed ? 0 : 1;
    // 2^(w-1) - 1 by repeated doubling: 1, 3, 7, ...
    std::int64_t max = 0;
    for (int bit = 1; bit < WordBits; ++bit) max = max + max + 1;
    wrong += Q<WordBits, 0>::format.max_raw() == max ? 0 : 1;
    wrong += Q<-5, WordBits + 5>::format.max_raw() == max ? 0 : 1;
    wrong += Q<WordBits + 70, -70>::format.max_raw() == max ? 0 : 1;
    wrong += Q<-5, WordBits + 5>::format.word_bits() == WordBits ? 0 : 1;
    wrong += Q<WordBits, 0>::format.min_raw() == -max ? 0 : 1;
    wrong += Q<-5, WordBits + 5, Range::full>::format.max_raw() == max ? 0 : 1;
    wrong += Q<-5, WordBits + 5, Range::full>::format.min_raw() == -max - 1 ? 0 : 1;
    if constexpr (WordBits < 64) wrong += wrong_from<WordBits + 1>();
    return wrong;
}

} // namespace

TEST_CASE("every word of 2 to 64 bits has the next storage and both ranges", "[core][format]") {
    CHECK(wrong_from<2>() == 0);
}

TEST_CASE("validity is a matter of the word alone", "[core][format]") {
    CHECK_FALSE(Format{1, 0}.is_valid());
    CHECK_FALSE(Format{0, 0}.is_valid());
    CHECK_FALSE(Format{-3, 2}.is_valid());
    CHECK(Format{2, 0}.is_valid());
    CHECK(Format{-10, 12}.is_valid());
    CHECK(Format{100, -36}.is_valid());
    CHECK(Format{1, 63}.is_valid());
    CHECK_FALSE(Format{1, 64}.is_valid());
    CHECK_FALSE(Format{100, -35}.is_valid());
}

TEST_CASE("the ends of 2 and 64 bits", "[core][format]") {
    CHECK(Format{1, 1}.max_raw() == 1);
    CHECK(Format{8, 56}.max_raw() == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("a format includes those of its scale that have no other number", "[core][format]") {
    const Format symmetric{4, 4};
    const Format full{4, 4, Range::full};
    CHECK(symmetric.includes(symmetric));
    CHECK(full.includes(full));
    CHECK(full.includes(symmetric));
    CHECK_FALSE(symmetric.includes(full));
    CHECK(Format{5, 4}.includes(full));
    CHECK_FALSE(full.includes(Format{5, 4}));
    CHECK_FALSE(Format{8, 5}.includes(symmetric));
}

TEST_CASE("formats are equal when both counts and the range are", "[core][format]") {
    CHECK(Format{4, 4} == Format{4, 4, Range::symmetric});
    CHECK_FALSE(Format{4, 4} == Format{4, 4, Range::full});
    CHECK(Format{4, 4} == Format{4, 4});
    CHECK_FALSE(Format{4, 4} == Format{3, 5});
    CHECK_FALSE(Format{4, 4} == Format{4, 5});
}

static_assert(fxp::FormatType<Q<4, 4>>);
static_assert(fxp::FormatType<Q<4, 4, Range::full>>);
static_assert(!std::is_same_v<Q<4, 4>, Q<4, 4, Range::full>>);
static_assert(!fxp::FormatType<int>);
static_assert(std::is_same_v<Q<-2, 10>::Storage, std::int8_t>);
static_assert(std::is_same_v<Q<8, 25>::Storage, std::int64_t>);

} // namespace format_test
