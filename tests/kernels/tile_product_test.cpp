// TileProduct against the plain loop over 128-bit integers: shapes, strides, storages and data drawn at random; and
// sums in tiles against the kernels of other sets. Where the processor has no tiles, nothing is compared.
#include "core/exact.hpp"
#include "kernels/random_product.hpp"
#include "support/catch.hpp"

#include <fxp/kernels/combine.hpp>
#include <fxp/kernels/gemm/tile_product.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace tile_product_test {

using fxp::int128;
using fxp::kernels::Operand;
using fxp::kernels::gemm::Memory;
using fxp::kernels::gemm::TileProduct;
using fxp::kernels::gemm::TileScope;
using random_matrix::Data;
using random_matrix::Matrix;
using random_product::ConstantFactors;
using random_product::draw_shape;
using random_product::Factors;
using random_product::Shape;

namespace {

/// Tiles of `product`, set or added to what is there, are the expected sums, zero in columns of padding; nothing else
/// is written but rows of padding.
template <class Sum>
bool tiles_equal(const TileProduct& product, const std::vector<int128>& expected, std::size_t rows, std::size_t columns,
                 std::size_t height, std::size_t width, bool add) {
    constexpr std::size_t panel = fxp::kernels::gemm::panel_columns;
    constexpr std::size_t guard = 64;
    const std::size_t stride = width + panel;
    const TileScope scope(true);
    for (std::size_t column = 0; column < columns; column += width) {
        const std::size_t n = std::min(width, columns - column);
        const std::size_t padded = (n + panel - 1) / panel * panel;
        for (std::size_t row = 0; row < rows; row += height) {
            const auto before = [&](std::size_t i) { return static_cast<Sum>(add ? i % 7 : 123); };
            std::vector<Sum> sums(height * stride + guard);
            for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = before(i);
            product.tile(row, height, column, n, add, sums.data(), stride);
            for (std::size_t i = 0; i < sums.size(); ++i) {
                const std::size_t r = i / stride;
                const std::size_t c = i % stride;
                const bool inside = r < height && c < padded;
                if (inside && row + r >= rows) continue;
                int128 wanted = inside && !add ? 0 : before(i);
                if (inside && c < n) wanted += expected[(row + r) * columns + column + c];
                if (sums[i] != wanted) return false;
            }
        }
    }
    return true;
}

/// Returns whether the product could be made.
bool check(exact::Draw& draw, const Shape& shape, Memory& memory) {
    const Factors factors(draw, shape);
    const Operand& a = factors.a.operand;
    const Operand& b = factors.b.operand;
    if (!TileProduct::suits(a, b, shape.depth)) return false;
    const std::vector<int128> expected =
        random_matrix::plain_product(factors.a, factors.b, shape.rows, shape.columns, shape.depth);
    const TileProduct product(a, b, shape.rows, shape.columns, shape.depth, memory);
    INFO(shape.rows << " x " << shape.columns << " x " << shape.depth << ", bytes " << shape.a_bytes << " and "
                    << shape.b_bytes << ", bounds " << a.bound << " and " << b.bound);
    const std::size_t height = 32 * (1 + draw.below(3));
    const std::size_t width = 32 * (1 + draw.below(3));
    const bool add = draw.below(2) == 0;
    if (!tiles_equal<std::int64_t>(product, expected, shape.rows, shape.columns, height, width, add))
        FAIL("int64 sums");
    const bool narrow =
        std::all_of(expected.begin(), expected.end(), [](int128 v) { return v < (1 << 30) && v >= -(1 << 30); });
    if (shape.a_bytes > 2 || shape.b_bytes > 2 || !narrow) return true;
    if (!tiles_equal<std::int32_t>(product, expected, shape.rows, shape.columns, height, width, add))
        FAIL("int32 sums");
    return true;
}

bool has_tiles() { return fxp::kernels::gemm::active_set() == fxp::kernels::gemm::Set::amx; }

void random_products(std::uint64_t seed, int count, std::size_t max_extent, std::size_t max_depth) {
    if (!has_tiles()) return;
    exact::Draw draw(seed);
    Memory memory;
    int done = 0;
    for (int i = 0; i < count; ++i) {
        done += check(draw, draw_shape(draw, i, max_extent, max_depth), memory);
    }
    CHECK(done * 10 >= count * 6); // the others' sums leave int64
}

} // namespace

TEST_CASE("sums of several products in tiles are exact", "[kernels][gemm][amx]") {
    if (!has_tiles()) return;
    exact::Draw draw(12);
    Memory memory;
    for (int i = 0; i < 150; ++i) {
        const int bytes = i % 2 == 0 ? 2 : 1;
        const std::size_t rows = 1 + draw.below(80);
        const std::size_t columns = 1 + draw.below(80);
        const random_matrix::Factors drawn(draw, 2 + draw.below(5), rows, columns, 300, bytes);
        const TileProduct product(drawn.factors, rows, columns, memory);
        INFO("case " << i << ": " << rows << " x " << columns);
        CHECK(tiles_equal<std::int64_t>(product, drawn.sums, rows, columns, 32, 32 * (1 + draw.below(3)), i % 3 == 0));
    }
}

TEST_CASE("products in tiles of random shapes", "[kernels][gemm][amx]") { random_products(1, 1500, 80, 150); }

TEST_CASE("products in tiles of random shapes, some blocks deep", "[kernels][gemm][amx]") {
    random_products(2, 60, 70, 2500);
}

TEST_CASE("products in tiles at the ends of their words", "[kernels][gemm][amx]") {
    if (!has_tiles()) return;
    exact::Draw draw(3);
    Memory memory;
    // Least and largest values, over depths where sums of bytes leave int32: 2^17 products of -128, half as many of
    // 255, of which up to four share a sum.
    for (const int bytes : {1, 2, 4}) {
        const Data extremes{8 * bytes, true};
        for (const std::size_t depth : {1u, 63u, 64u, 65u, 1024u, 1025u, 8300u, 33100u}) {
            if (bytes == 4 && depth > 2) continue; // the sums leave int64
            check(draw, {17, 33, depth, bytes, bytes, extremes, extremes}, memory);
        }
        if (bytes < 4) check(draw, {3, 5, (std::size_t{1} << 17) + 3, bytes, bytes, extremes, extremes}, memory);
    }
    check(draw, {5, 17, 8300, 4, 4, {25, true}, {25, true}}, memory);
    check(draw, {5, 17, 33100, 4, 2, {32, true}, {16, true}}, memory);
    check(draw, {5, 17, 33100, 1, 4, {8, true}, {32, true}}, memory);
    // Where a byte more is needed, and where it is not.
    for (const int bits : {7, 8, 9, 15, 16, 17, 23, 24, 25}) {
        for (const int bytes : {2, 4}) {
            if (bits > 8 * bytes) continue;
            check(draw, {33, 40, 70, bytes, bytes, {bits, true}, {bits, true}}, memory);
            check(draw, {9, 70, 130, bytes, 1, {bits, true}, {8, true}}, memory);
        }
    }
}

TEST_CASE("products in tiles whose sums of bytes are as large as can be", "[kernels][gemm][amx]") {
    if (!has_tiles()) return;
    Memory memory;
    const auto check_constant = [&]<class T>(T a, T b, std::size_t depth) {
        constexpr std::size_t size = 5;
        const ConstantFactors<T> factors(a, b, size, depth);
        const TileProduct product(factors.a, factors.b, size, size, depth, memory);
        INFO("elements " << a << " and " << b << ", depth " << depth);
        CHECK(tiles_equal<std::int64_t>(product, factors.product, size, size, 32, 32, false));
    };
    // Bytes of 255, 127 and -128, deeper than the int32 sums of any weight reach.
    for (const std::size_t depth : {std::size_t{33025}, std::size_t{70000}, (std::size_t{1} << 17) + 1}) {
        for (const int a : {-1, 255, 32767, -32513, -32768}) {
            for (const int b : {-1, 255, 32767, -32768}) {
                check_constant(static_cast<std::int16_t>(a), static_cast<std::int16_t>(b), depth);
            }
        }
        check_constant(std::int8_t{-128}, std::int8_t{-128}, depth);
        check_constant((1 << 24) - 1, -1, depth);
        check_constant((1 << 23) - 1, (1 << 22) - 1, depth);
    }
}

TEST_CASE("comparisons of products in tiles see a wrong element", "[kernels][gemm][amx]") {
    if (!has_tiles()) return;
    exact::Draw draw(4);
    Memory memory;
    Matrix a(draw, 40, 100, 2, {16, false});
    Matrix b(draw, 100, 70, 2, {16, false});
    std::vector<int128> expected = random_matrix::plain_product(a, b, 40, 70, 100);
    const TileProduct product(a.operand, b.operand, 40, 70, 100, memory);
    REQUIRE(tiles_equal<std::int64_t>(product, expected, 40, 70, 32, 64, false));
    expected[39 * 70 + 69] += 1;
    CHECK_FALSE(tiles_equal<std::int64_t>(product, expected, 40, 70, 32, 64, false));
    // An element of b that changes after the others were taken, in the last block of k.
    const auto* last = static_cast<const std::int16_t*>(b.operand.data) + 99 * b.operand.row_stride;
    std::int16_t changed = *last;
    changed = static_cast<std::int16_t>(changed ^ 1);
    std::memcpy(const_cast<std::int16_t*>(last), &changed, sizeof(changed));
    expected[39 * 70 + 69] -= 1;
    const TileProduct other(a.operand, b.operand, 40, 70, 100, memory);
    CHECK_FALSE(tiles_equal<std::int64_t>(other, expected, 40, 70, 32, 64, false));
}

} // namespace tile_product_test
