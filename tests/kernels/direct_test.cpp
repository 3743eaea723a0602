// DirectProduct against the plain loop over 128-bit integers: shapes, strides, storages and data drawn at random.
#include "core/exact.hpp"
#include "kernels/random_matrix.hpp"
#include "support/catch.hpp"

#include <fxp/kernels/gemm/direct.hpp>

#include <array>
#include <vector>

namespace direct_test {

using fxp::int128;
using fxp::kernels::Operand;
using fxp::kernels::gemm::DirectProduct;
using fxp::kernels::gemm::Memory;
using random_matrix::Data;
using random_matrix::Matrix;

namespace {

/// One product, in tiles set or added to; returns whether there are kernels for it.
bool check(exact::Draw& draw, std::size_t rows, std::size_t columns, std::size_t depth, int a_bytes, int b_bytes,
           const Data& a_data, const Data& b_data, Memory& memory) {
    Matrix a(draw, rows, depth, a_bytes, a_data);
    Matrix b(draw, depth, columns, b_bytes, b_data);
    const std::vector<int128> expected = random_matrix::plain_product(a, b, rows, columns, depth);
    const auto magnitudes =
        static_cast<double>(a.operand.bound) * static_cast<double>(b.operand.bound) * static_cast<double>(depth);
    if (magnitudes > 0x1p62) return false; // the caller of DirectProduct excludes them
    if (!DirectProduct::suits(a.operand, b.operand, depth)) return false;
    INFO(rows << " x " << columns << " x " << depth << ", bytes " << a_bytes << " and " << b_bytes << ", bounds "
              << a.operand.bound << " and " << b.operand.bound);
    const DirectProduct product(a.operand, b.operand, rows, columns, depth, memory);
    const std::size_t tile_rows = 1 + draw.below(8);
    const std::size_t tile_columns = 1 + draw.below(80);
    const bool add = draw.below(2) == 0;
    const std::size_t stride = tile_columns + draw.below(3);
    bool equal = true;
    for (std::size_t row = 0; row < rows; row += tile_rows) {
        for (std::size_t column = 0; column < columns; column += tile_columns) {
            const std::size_t m = std::min(tile_rows, rows - row);
            const std::size_t n = std::min(tile_columns, columns - column);
            const auto before = [](std::size_t i) { return static_cast<std::int64_t>(i % 7) - 3; };
            std::vector<std::int64_t> sums(tile_rows * stride + 8);
            for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = before(i);
            product.tile(row, m, column, n, add, sums.data(), stride);
            for (std::size_t i = 0; i < sums.size(); ++i) {
                const std::size_t r = i / stride;
                const std::size_t c = i % stride;
                int128 wanted = before(i);
                if (r < m && c < n) {
                    if (!add) wanted = 0;
                    wanted += expected[(row + r) * columns + column + c];
                }
                equal = equal && sums[i] == static_cast<std::int64_t>(wanted);
            }
        }
    }
    CHECK(equal);
    return true;
}

void random_products(std::uint64_t seed, int count, std::size_t max_extent, std::size_t max_depth) {
    exact::Draw draw(seed);
    Memory memory;
    int done = 0;
    for (int i = 0; i < count; ++i) {
        const std::array<int, 4> storages{4, 8, 4, 1 << draw.below(4)};
        const int a_bytes = storages[draw.below(4)];
        const int b_bytes = storages[draw.below(4)];
        const auto data = [&](int bytes) {
            const std::size_t word = static_cast<std::size_t>(std::min(8 * bytes, draw.below(4) == 0 ? 54 : 32));
            const int bits = draw.below(2) == 0 ? static_cast<int>(word) : 1 + static_cast<int>(draw.below(word));
            return Data{bits, draw.below(4) == 0};
        };
        const Data a_data = data(a_bytes);
        const Data b_data = data(b_bytes);
        const std::size_t rows = 1 + draw.below(max_extent);
        const std::size_t columns = 1 + draw.below(draw.below(3) == 0 ? 9 : max_extent);
        const std::size_t depth = draw.below(8) == 0 ? draw.below(2) : 1 + draw.below(max_depth);
        done += check(draw, rows, columns, depth, a_bytes, b_bytes, a_data, b_data, memory) ? 1 : 0;
    }
    if (DirectProduct::suits({}, {}, 1)) CHECK(done * 10 >= count * 5);
}

} // namespace

TEST_CASE("direct products of random small shapes", "[kernels][gemm]") { random_products(1, 3000, 20, 40); }

TEST_CASE("direct products of random shapes", "[kernels][gemm]") { random_products(2, 300, 70, 300); }

TEST_CASE("direct products of many random shapes", "[kernels][gemm][slow]") {
    random_products(3, 20000, 40, 60);
    random_products(4, 2000, 150, 500);
}

TEST_CASE("a row of 16-bit words times columns of them, where int32 sums come to their end", "[kernels][gemm]") {
    if (!DirectProduct::suits({}, {}, 1)) return;
    Memory memory;
    constexpr std::int16_t least = -32768;
    for (const std::ptrdiff_t depth : {1, 2, 3, 4}) { // 2^30 times as much
        const std::vector<std::int16_t> values(static_cast<std::size_t>(depth), least);
        const Operand row{values.data(), 2, depth, 1, 1 << 15};
        const Operand column{values.data(), 2, 1, depth, 1 << 15};
        const DirectProduct product(row, column, 1, 1, values.size(), memory);
        std::int64_t sum = 7;
        product.tile(0, 1, 0, 1, true, &sum, 1);
        CHECK(sum == 7 + depth * (std::int64_t{1} << 30));
    }
}

namespace {

/// Words of 16 bits along k, `gap` words from row to row beyond their depth; all magnitudes within `bound`, which some
/// reach.
struct Lines {
    Lines(exact::Draw& draw, std::size_t lines, std::size_t depth, std::size_t gap, int bound, bool ends_only)
        : stride(depth + gap), words(lines * stride + 1) {
        for (std::int16_t& word : words) {
            const int value =
                ends_only ? bound : static_cast<int>(draw.below(2 * static_cast<std::size_t>(bound) + 1)) - bound;
            word = static_cast<std::int16_t>(draw.below(8) == 0 ? -bound : std::min(value, 32767));
        }
    }
    std::size_t stride;
    std::vector<std::int16_t> words;
};

/// Products of such lines, by tiles that are set or added to.
void check_lines(exact::Draw& draw, std::size_t rows, std::size_t columns, std::size_t depth, int a_bound, int b_bound,
                 bool ends_only, Memory& memory) {
    const Lines a(draw, rows, depth, draw.below(3), a_bound, ends_only);
    const Lines b(draw, columns, depth, draw.below(3), b_bound, ends_only);
    const Operand left{a.words.data(), 2, static_cast<std::ptrdiff_t>(a.stride), 1,
                       static_cast<std::uint64_t>(a_bound)};
    const Operand right{b.words.data(), 2, 1, static_cast<std::ptrdiff_t>(b.stride),
                        static_cast<std::uint64_t>(b_bound)};
    REQUIRE(DirectProduct::in_tiles16(left, right, depth));
    const DirectProduct product(left, right, rows, columns, depth, memory);
    const bool add = draw.below(2) == 0;
    const std::size_t stride = columns + draw.below(3);
    std::vector<std::int64_t> sums(rows * stride, 5);
    product.tile(0, rows, 0, columns, add, sums.data(), stride);
    bool equal = true;
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < stride; ++c) {
            std::int64_t wanted = add || c >= columns ? 5 : 0;
            for (std::size_t k = 0; k < depth && c < columns; ++k) {
                wanted += std::int64_t{a.words[r * a.stride + k]} * b.words[c * b.stride + k];
            }
            equal = equal && sums[r * stride + c] == wanted;
        }
    }
    INFO(rows << " x " << columns << " x " << depth << ", bounds " << a_bound << " and " << b_bound);
    CHECK(equal);
}

} // namespace

TEST_CASE("tiles of dot products of 16-bit words", "[kernels][gemm]") {
    if (!DirectProduct::suits({}, {}, 1)) return;
    exact::Draw draw(6);
    Memory memory;
    for (int i = 0; i < 2000; ++i) {
        const std::size_t depth = 1 + draw.below(200);
        check_lines(draw, 2 + draw.below(9), 2 + draw.below(9), depth, 1 + static_cast<int>(draw.below(2000)),
                    1 + static_cast<int>(draw.below(2000)), false, memory);
    }
}

TEST_CASE("tiles of dot products of 16-bit words where int32 sums come to their end", "[kernels][gemm]") {
    if (!DirectProduct::suits({}, {}, 1)) return;
    exact::Draw draw(7);
    Memory memory;
    struct Edge {
        std::size_t depth; ///< 8 products of every 32 add up
        int b_bound;
    };
    for (const Edge edge : {Edge{32, 8191}, Edge{33, 4095}, Edge{64, 4095}, Edge{65, 2730}, Edge{128, 2047}}) {
        check_lines(draw, 5, 6, edge.depth, 32768, edge.b_bound, true, memory);
        check_lines(draw, 5, 6, edge.depth, 32768, edge.b_bound, false, memory);
        const Operand left{nullptr, 2, 1, 1, 32768};
        const Operand right{nullptr, 2, 1, 1, static_cast<std::uint64_t>(edge.b_bound) + 1};
        CHECK_FALSE(DirectProduct::in_tiles16(left, right, edge.depth));
    }
}

TEST_CASE("direct products where doubles come to their end", "[kernels][gemm]") {
    exact::Draw draw(5);
    Memory memory;
    for (const int bits : {24, 25, 26, 27}) {
        for (const std::size_t depth : {1u, 2u, 4u, 8u, 16u, 32u, 33u, 64u, 127u, 128u, 129u}) {
            for (const int bytes : {4, 8}) {
                check(draw, 9, 33, depth, bytes, bytes, {bits, true}, {bits + 2, true}, memory);
                check(draw, 5, 3, depth, bytes, bytes, {bits, true}, {bits + 3, true}, memory);
            }
        }
    }
}

} // namespace direct_test
