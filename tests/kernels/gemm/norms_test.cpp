// Norms against plain sums of squares, and what they prove: products that have just room in int32, or just not.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/kernels/gemm/norms.hpp>
#include <fxp/kernels/gemm/product.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace norms_test {

using fxp::kernels::Operand;
using fxp::kernels::gemm::MatrixProduct;
using fxp::kernels::gemm::Memory;
using fxp::kernels::gemm::Scheme;

namespace {

template <std::size_t lanes>
void check_square_sums(exact::Draw& draw) {
    const std::size_t panels = draw.below(4);
    const std::size_t steps = draw.below(12);
    std::vector<std::int16_t> words(panels * steps * lanes * 2);
    for (auto& word : words) word = static_cast<std::int16_t>(draw.raw(draw.below(3) == 0 ? 16 : 9));
    if (!words.empty()) words[draw.below(words.size())] = -32768;
    std::vector<std::uint64_t> sums(panels * lanes);
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::int64_t word = words[i];
        sums[i / (steps * lanes * 2) * lanes + i / 2 % lanes] += static_cast<std::uint64_t>(word * word);
    }
    const std::uint64_t largest = sums.empty() ? 0 : *std::max_element(sums.begin(), sums.end());
    const auto* bytes = reinterpret_cast<const std::byte*>(words.data());
    CHECK(fxp::kernels::gemm::largest_square_sum<lanes>(bytes, panels, steps) == largest);
}

#ifdef FXP_X86_DISPATCH
void check_square_sums_of_rows(exact::Draw& draw) {
    namespace avx512 = fxp::kernels::gemm::avx512;
    const std::size_t rows = draw.below(12);
    const std::size_t steps = draw.below(40);
    const std::size_t lane = 2 * steps + draw.below(9); // words, of which the last are not the row's
    std::vector<std::int16_t> words(rows * lane + 1, 32767);
    std::uint64_t largest = 0;
    std::array<std::uint64_t, 8> parts{};
    for (std::size_t r = 0; r < rows; ++r) {
        std::array<std::uint64_t, 8> sums{};
        for (std::size_t k = 0; k < 2 * steps; ++k) {
            const std::int64_t word = words[r * lane + k] =
                static_cast<std::int16_t>(draw.raw(draw.below(3) == 0 ? 16 : 9));
            sums[k / 4 % 8] += static_cast<std::uint64_t>(word * word);
        }
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < 8; ++i) {
            sum += sums[i];
            parts[i] = std::max(parts[i], sums[i]);
        }
        largest = std::max(largest, sum);
    }
    std::uint64_t rated = 0;
    for (const std::uint64_t part : parts) rated += part;
    const auto* a = reinterpret_cast<const std::byte*>(words.data());
    const auto bytes = static_cast<std::ptrdiff_t>(2 * lane);
    CHECK(avx512::largest_square_sum_of_rows<true>(a, bytes, rows, steps) == largest);
    CHECK(avx512::largest_square_sum_of_rows<false>(a, bytes, rows, steps) == rated);
}
#endif

/// A product of words, `filler` everywhere but for the vectors v in one row of a and w, or v, in one column of b.
struct Parallel {
    std::vector<std::int16_t> a;
    std::vector<std::int16_t> b;
    Memory memory;
    MatrixProduct product;

    Parallel(const std::vector<std::int16_t>& v, std::size_t row, std::size_t rows, std::size_t column,
             std::size_t columns)
        : Parallel(v, v, row, rows, column, columns) {}
    Parallel(const std::vector<std::int16_t>& v, const std::vector<std::int16_t>& w, std::size_t row, std::size_t rows,
             std::size_t column, std::size_t columns)
        : a(rows * v.size(), 1), b(v.size() * columns, -1) {
        for (std::size_t k = 0; k < v.size(); ++k) {
            a[row * v.size() + k] = v[k];
            b[k * columns + column] = w[k];
        }
        const Operand left{a.data(), 2, static_cast<std::ptrdiff_t>(v.size()), 1, 32768};
        const Operand right{b.data(), 2, static_cast<std::ptrdiff_t>(columns), 1, 32768};
        product = MatrixProduct(left, right, rows, columns, v.size(), memory);
    }
};

} // namespace

TEST_CASE("square sums are those of the lane with most", "[kernels][gemm]") {
    exact::Draw draw(5);
    for (int i = 0; i < 300; ++i) {
        check_square_sums<4>(draw);
        check_square_sums<8>(draw);
        check_square_sums<32>(draw);
    }
}

#ifdef FXP_X86_DISPATCH
TEST_CASE("square sums of rows that lie apart", "[kernels][gemm]") {
    if (!fxp::kernels::includes(fxp::kernels::active_isa(), fxp::kernels::Isa::avx512)) return;
    exact::Draw draw(15);
    for (int i = 0; i < 500; ++i) check_square_sums_of_rows(draw);
}
#endif

TEST_CASE("bounds of roots are not below them and little above", "[kernels][gemm]") {
    exact::Draw draw(6);
    const auto check = [](std::uint64_t square) {
        const exact::i128 root = fxp::kernels::gemm::root_bound(square);
        if (root * root < exact::i128{square}) FAIL("too small for " << square);
        const exact::i128 less = root - 2;
        if (less > 0 && less * less * 1600 > exact::i128{square} * 1681) FAIL("too large for " << square);
    };
    for (std::uint64_t square = 0; square < 70000; ++square) check(square);
    for (int i = 0; i < 20000; ++i) check(draw.below(std::size_t{1} << 62) >> draw.below(60));
    constexpr std::uint64_t most = (std::uint64_t{1} << 31) - 1;
    check(most * most);
    check((std::uint64_t{1} << 62) - 1);
}

TEST_CASE("norms prove int32 sums up to their largest one", "[kernels][gemm]") {
    // 2^31 - 1 and 2^31 as sums of squares, which are the product's largest sum and both norms squared.
    const auto zeros = static_cast<std::size_t>(GENERATE(0, 1, 60));
    std::vector<std::int16_t> fits{32767, -32767, 362, 5, 0, 0, 0};
    std::vector<std::int16_t> exceeds{-32768, 0, -32768, 0, 0};
    fits.resize(fits.size() + zeros);
    exceeds.resize(exceeds.size() + zeros);
    for (const std::size_t rows : {1U, 4U, 7U, 8U, 13U, 24U}) {
        for (const std::size_t row : {std::size_t{0}, rows / 2, rows - 1}) {
            const std::size_t columns = 3 + 5 * rows;
            const std::size_t column = (row * 29 + 2) % columns;
            const Parallel narrow(fits, row, rows, column, columns);
            CHECK(narrow.product.scheme() == Scheme::pairs);
            CHECK(narrow.product.bound() == 2147483647);
            std::vector<std::int32_t> sums(24 * 128);
            narrow.product.tile(row - row % 8, 8, column - column % 32, 32, false, sums.data(), 32);
            CHECK(sums[row % 8 * 32 + column % 32] == 2147483647);
            CHECK(Parallel(exceeds, row, rows, column, columns).product.scheme() != Scheme::pairs);
        }
    }
}

TEST_CASE("the largest words prove int32 sums before norms do", "[kernels][gemm]") {
    for (const std::size_t depth : {3U, 4U}) { // copied into panels, and read where it lies
        const auto most = static_cast<std::int16_t>(depth == 3 ? 26754 : 23170); // depth most^2 < 2^31
        for (const std::size_t rows : {1U, 4U, 7U, 8U, 13U}) {
            for (const std::size_t row : {std::size_t{0}, rows - 1}) {
                const std::size_t columns = 3 + 5 * rows;
                std::vector<std::int16_t> v(depth);
                std::vector<std::int16_t> w(depth);
                v[depth - 1] = most;
                w[0] = static_cast<std::int16_t>(-most);
                const Parallel proven(v, w, row, rows, columns - 1, columns);
                CHECK(proven.product.scheme() == Scheme::pairs);
                CHECK(proven.product.bound() == depth * static_cast<std::uint64_t>(most * most));
                for (std::vector<std::int16_t>* larger : {&v, &w}) {
                    std::int16_t& word = larger == &v ? v[depth - 1] : w[0];
                    word = static_cast<std::int16_t>(word < 0 ? word - 2 : word + 2);
                    const Parallel beyond(v, w, row, rows, columns - 1, columns);
                    CHECK(beyond.product.scheme() == Scheme::pairs); // by norms
                    CHECK(beyond.product.bound() < depth * static_cast<std::uint64_t>(most * most));
                    word = static_cast<std::int16_t>(word < 0 ? -most : most);
                }
            }
        }
    }
}

TEST_CASE("small bytes of any depth are multiplied as they are packed", "[kernels][gemm]") {
    const std::size_t depth = (std::size_t{1} << 17) + 2; // of which 2^14 each leave int32
    const std::vector<std::int8_t> a(depth, 3);
    const std::vector<std::int8_t> b(depth, -5);
    const Operand left{a.data(), 1, 0, 1, 128};
    const Operand right{b.data(), 1, 1, 0, 128};
    Memory memory;
    const MatrixProduct product(left, right, 1, 1, depth, memory);
    std::vector<std::int64_t> sums(8 * 32);
    product.tile(0, 1, 0, 1, false, sums.data(), 32);
    CHECK(sums[0] == -15 * static_cast<std::int64_t>(depth));
}

TEST_CASE("norms of parts prove int32 sums of parts", "[kernels][gemm]") {
    // Three parts of 64 pairs, each with just room.
    std::vector<std::int16_t> fits(3 * 128);
    for (std::size_t part = 0; part < 3; ++part) {
        const std::array<std::int16_t, 4> squares{32767, 362, -5, 32767}; // 2^31 - 1
        for (std::size_t i = 0; i < squares.size(); ++i) fits[128 * part + (part == 2 ? 127 - i : i)] = squares[i];
    }
    std::vector<std::int16_t> exceeds = fits;
    exceeds[200] = -1;
    std::vector<std::int16_t> uneven = fits; // no whole parts
    uneven.resize(3 * 128 + 2);
    for (const std::size_t rows : {17u, 20u}) { // of whole panels and others
        const Parallel flushed(fits, 9, rows, 40, 50);
        CHECK(flushed.product.scheme() == Scheme::flushed);
        std::vector<std::int64_t> sums(8 * 32);
        flushed.product.tile(8, 8, 32, 18, false, sums.data(), 32);
        CHECK(sums[32 + 8] == 3 * std::int64_t{2147483647});
        CHECK(Parallel(exceeds, fits, 9, rows, 40, 50).product.scheme() != Scheme::flushed);
        CHECK(Parallel(fits, exceeds, 9, rows, 40, 50).product.scheme() != Scheme::flushed);
        CHECK(Parallel(uneven, 9, rows, 40, 50).product.scheme() != Scheme::flushed);
    }
}

} // namespace norms_test
