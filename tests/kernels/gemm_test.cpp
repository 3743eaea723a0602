// MatrixProduct against the plain loop over 128-bit integers: shapes, strides, storages and data drawn at random, for
// every set of micro-kernels that this processor runs.
#include "core/exact.hpp"
#include "kernels/random_product.hpp"
#include "support/catch.hpp"

#include <fxp/kernels/combine.hpp>
#include <fxp/kernels/gemm/product.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace gemm_test {

using fxp::int128;
using fxp::kernels::Isa;
using fxp::kernels::IsaRequest;
using fxp::kernels::Operand;
using fxp::kernels::gemm::active_set;
using fxp::kernels::gemm::MatrixProduct;
using fxp::kernels::gemm::Memory;
using fxp::kernels::gemm::Scheme;
using fxp::kernels::gemm::Set;
using random_matrix::Data;
using random_matrix::plain_product;
using random_product::ConstantFactors;
using random_product::draw_shape;
using random_product::Factors;
using random_product::Shape;

namespace {

constexpr std::size_t guard = 64;

bool runs(Set set) { return fxp::kernels::gemm::includes(active_set(), set); }

std::vector<Set> available_sets() {
    std::vector<Set> sets;
    for (const Set set : {Set::portable, Set::avx2, Set::avx512, Set::avx512_vnni, Set::neon, Set::neon_dot}) {
        if (runs(set)) sets.push_back(set);
    }
    return sets;
}

/// Tiles of `product`, set or added to what is there, against `expected`; nothing else is written.
template <class Sum>
bool tiles_equal(const MatrixProduct& product, const std::vector<int128>& expected, std::size_t rows,
                 std::size_t columns, std::size_t tile_columns, bool add) {
    constexpr std::size_t width = fxp::kernels::gemm::panel_columns;
    const std::size_t height = fxp::kernels::gemm::panel_rows * (tile_columns / width); // one panel of a or several
    const std::size_t stride = tile_columns + width;
    for (std::size_t column = 0; column < columns; column += tile_columns) {
        const std::size_t n = std::min(tile_columns, columns - column);
        const std::size_t padded = (n + width - 1) / width * width;
        for (std::size_t row = 0; row < rows; row += height) {
            const auto before = [&](std::size_t i) { return static_cast<Sum>(add ? i % 7 : 123); };
            std::vector<Sum> sums(guard + height * stride);
            for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = before(i);
            product.tile(row, height, column, n, add, sums.data(), stride);
            for (std::size_t i = 0; i < sums.size(); ++i) {
                const std::size_t r = i / stride;
                const std::size_t c = i % stride;
                int128 wanted = before(i);
                if (r < height && row + r < rows && c < padded) {
                    if (!add) wanted = 0;
                    if (c < n) wanted += expected[(row + r) * columns + column + c];
                } else if (r < height && row + r >= rows && c < padded) {
                    continue; // rows of padding may be written
                }
                if (sums[i] != wanted) return false;
            }
        }
    }
    return true;
}

/// One product by every set; returns the schemes met as bits.
unsigned check(exact::Draw& draw, const Shape& shape, Memory& memory) {
    static const std::vector<Set> sets = available_sets();
    const Factors factors(draw, shape);
    const Operand& a = factors.a.operand;
    const Operand& b = factors.b.operand;
    if (!MatrixProduct::suits(a, b, shape.depth)) return 0;
    const std::vector<int128> expected = plain_product(factors.a, factors.b, shape.rows, shape.columns, shape.depth);
    unsigned met = 0;
    for (const Set set : sets) {
        const MatrixProduct product(a, b, shape.rows, shape.columns, shape.depth, memory, set);
        INFO("set " << static_cast<int>(set) << " scheme " << static_cast<int>(product.scheme()) << ": " << shape.rows
                    << " x " << shape.columns << " x " << shape.depth << ", bytes " << shape.a_bytes << " and "
                    << shape.b_bytes);
        met |= 1u << static_cast<unsigned>(product.scheme());
        const std::size_t tile_columns = 32 * (1 + draw.below(3));
        const bool add = draw.below(2) == 0;
        if (!tiles_equal<std::int64_t>(product, expected, shape.rows, shape.columns, tile_columns, add))
            FAIL("int64 sums");
        if (!product.is_narrow()) continue;
        // What is added to must fit as well.
        const bool room = std::all_of(expected.begin(), expected.end(), [](int128 v) { return v < (1 << 30); });
        if (!tiles_equal<std::int32_t>(product, expected, shape.rows, shape.columns, tile_columns, add && room))
            FAIL("int32 sums");
    }
    return met;
}

void random_products(std::uint64_t seed, int count, std::size_t max_extent, std::size_t max_depth) {
    exact::Draw draw(seed);
    Memory memory;
    unsigned met = 0;
    int done = 0;
    for (int i = 0; i < count; ++i) {
        const unsigned schemes = check(draw, draw_shape(draw, i, max_extent, max_depth), memory);
        met |= schemes;
        done += schemes != 0;
    }
    CHECK(done * 10 >= count * 6); // the others' sums leave int64
    const auto was_met = [&](Scheme scheme) { return (met >> static_cast<unsigned>(scheme) & 1u) != 0; };
    CHECK(was_met(Scheme::pairs));
    CHECK(was_met(Scheme::words));
    CHECK(was_met(Scheme::bytes));
    if (runs(Set::avx512) || runs(Set::neon)) CHECK(was_met(Scheme::doubles));
    if (runs(Set::avx512_vnni) || runs(Set::neon_dot)) CHECK(was_met(Scheme::quads));
    if (runs(Set::avx512_vnni)) CHECK(was_met(Scheme::split));
}

} // namespace

TEST_CASE("sums of several products are exact by every set", "[kernels][gemm]") {
    exact::Draw draw(11);
    Memory memory;
    for (int i = 0; i < 600; ++i) {
        const int bytes = i % 2 == 0 ? 2 : 1;
        const std::size_t rows = 1 + draw.below(40);
        const std::size_t columns = 1 + draw.below(70);
        const random_matrix::Factors drawn(draw, 2 + draw.below(5), rows, columns, 200, bytes);
        for (const Set set : available_sets()) {
            const MatrixProduct product(drawn.factors, rows, columns, memory, set);
            INFO("case " << i << ", set " << static_cast<int>(set) << " scheme " << static_cast<int>(product.scheme()));
            CHECK(tiles_equal<std::int64_t>(product, drawn.sums, rows, columns, 32 * (1 + draw.below(3)), i % 3 == 0));
        }
    }
}

TEST_CASE("products of random small shapes", "[kernels][gemm]") { random_products(1, 10000, 40, 40); }

TEST_CASE("products of random shapes, some blocks deep", "[kernels][gemm]") { random_products(2, 800, 70, 700); }

TEST_CASE("products of many random shapes", "[kernels][gemm][slow]") {
    random_products(3, 40000, 40, 60);
    random_products(4, 2000, 150, 1500);
}

TEST_CASE("products at the ends of every scheme", "[kernels][gemm]") {
    exact::Draw draw(5);
    Memory memory;
    // Least values only, over depths where int32 and double sums come to their limits, and one more.
    for (const int bytes : {1, 2, 4}) {
        const Data extremes{8 * bytes, true};
        for (const std::size_t depth : {2u, 3u, 127u, 128u, 129u, 256u, 257u, 258u, 512u, 2048u, 2049u, 4100u}) {
            check(draw, {9, 33, depth, bytes, bytes, extremes, extremes}, memory);
        }
    }
    for (const int bits : {8, 9, 10, 12, 13, 14}) {
        for (const std::size_t depth : {47u, 64u, 512u, 1025u, 5000u}) {
            check(draw, {5, 17, depth, 2, 2, {bits, true}, {bits, true}}, memory);
            check(draw, {13, 40, depth, 2, 1, {bits, true}, {8, true}}, memory);
        }
    }
    for (const int bits : {20, 22, 24, 25, 26, 27, 28}) {
        for (const std::size_t depth : {31u, 33u, 64u, 257u, 300u}) {
            check(draw, {5, 17, depth, 4, 4, {bits, true}, {bits, true}}, memory);
            check(draw, {13, 40, depth, 4, 2, {32, true}, {16, true}}, memory);
        }
    }
}

TEST_CASE("int8 products deeper than int32 can sum", "[kernels][gemm]") {
    exact::Draw draw(6);
    Memory memory;
    // 2^14 * 2^17 = 2^31 is one too many.
    for (const std::size_t depth : {(std::size_t{1} << 17) - 1, std::size_t{1} << 17, (std::size_t{1} << 17) + 3}) {
        check(draw, {5, 5, depth, 1, 1, {8, true}, {8, true}}, memory);
        check(draw, {4, 3, depth, 1, 1, {8, true}, {3, true}}, memory); // rows' sums are larger than products'
    }
}

TEST_CASE("products of 16-bit words whose sums of bytes are as large as can be", "[kernels][gemm]") {
    Memory memory;
    // Bytes of 255, 127 and -128, over one block of words that are cut into bytes, and over more.
    for (const std::size_t depth : {128u, 256u, 512u, 1000u}) {
        for (const int a : {255, 32767, -32513, -32768}) {
            for (const int b : {255, 32767, -32513, -32768}) {
                ConstantFactors<std::int16_t> factors(static_cast<std::int16_t>(a), static_cast<std::int16_t>(b), 5,
                                                      depth);
                for (std::size_t k = 256; k < depth; ++k) { // blocks of their own, with signs of their own in a row
                    if (k / 256 % 2 == 0) continue;
                    factors.a_values[depth + k] = static_cast<std::int16_t>(-1 - a);
                    for (std::size_t c = 0; c < 5; ++c) factors.product[5 + c] += int128{-1 - 2 * a} * b;
                }
                for (const Set set : available_sets()) {
                    const MatrixProduct product(factors.a, factors.b, 5, 5, depth, memory, set);
                    INFO("set " << static_cast<int>(set) << ", scheme " << static_cast<int>(product.scheme())
                                << ", elements " << a << " and " << b << ", depth " << depth);
                    CHECK(tiles_equal<std::int64_t>(product, factors.product, 5, 5, 32, false));
                }
            }
        }
    }
}

TEST_CASE("an instruction set is asked for by name, within what the processor has", "[kernels][gemm]") {
    CHECK(IsaRequest::of(nullptr, Isa::avx2).isa == Isa::avx2);
    CHECK(IsaRequest::of("", Isa::avx2).isa == Isa::avx2);
    CHECK(IsaRequest::of("", Isa::avx2).valid);
    CHECK(IsaRequest::of("portable", Isa::avx512).isa == Isa::portable);
    CHECK(IsaRequest::of("avx2", Isa::avx512).isa == Isa::avx2);
    CHECK(IsaRequest::of("avx512", Isa::avx512).valid);
    CHECK(IsaRequest::of("amx", Isa::amx).isa == Isa::amx);
    CHECK(IsaRequest::of("avx512", Isa::amx).isa == Isa::avx512);
    CHECK(IsaRequest::of("", Isa::amx).isa == Isa::amx);
    CHECK_FALSE(IsaRequest::of("amx", Isa::avx512).valid);
    CHECK_FALSE(IsaRequest::of("neon", Isa::amx).valid);
    CHECK_FALSE(IsaRequest::of("amx", Isa::neon).valid);
    CHECK_FALSE(IsaRequest::of("avx512", Isa::avx2).valid);
    CHECK_FALSE(IsaRequest::of("AVX2", Isa::avx512).valid);
    CHECK_FALSE(IsaRequest::of("avx2 ", Isa::avx512).valid);
    CHECK_FALSE(IsaRequest::of("neon", Isa::avx512).valid);
    CHECK(IsaRequest::of("neon", Isa::neon).isa == Isa::neon);
    CHECK(IsaRequest::of("portable", Isa::neon).isa == Isa::portable);
    CHECK(IsaRequest::of("", Isa::neon).isa == Isa::neon);
    CHECK_FALSE(IsaRequest::of("avx2", Isa::neon).valid);
    CHECK_FALSE(IsaRequest::of("neon", Isa::portable).valid);
}

TEST_CASE("a factor of 64-bit storage that is exactly 2^31 is no word of 32 bits", "[kernels]") {
    constexpr std::size_t size = 8;
    const std::int64_t border = std::int64_t{1} << 31;
    for (const std::int64_t corner : {border, -border, border - 1}) {
        std::vector<std::int32_t> a(size * size, std::numeric_limits<std::int32_t>::max());
        std::vector<std::int64_t> b(size * size, 3);
        b[9] = corner;
        fxp::kernels::Term term;
        term.kind = fxp::kernels::Term::Kind::matrix;
        term.a = {a.data(), 4, size, 1, std::uint64_t{1} << 31};
        term.b = {b.data(), 8, size, 1, std::uint64_t{1} << 63};
        term.depth = size;
        fxp::kernels::Workspace workspace;
        const fxp::kernels::Combine plan(&term, 1, size, size, workspace);
        fxp::kernels::Requantize how;
        how.limits = fxp::Limits{fxp::Format{64, 0}};
        std::vector<std::int64_t> out(size * size);
        fxp::OverflowCount events;
        plan.run(0, size, 0, size, how, nullptr, out.data(), events);
        for (std::size_t i = 0; i < out.size(); ++i) {
            const std::int64_t sum = (i % size == 1 ? 7 * 3 + corner : 8 * 3) * a[0];
            CHECK(out[i] == sum);
        }
        CHECK(events.count == 0);
    }
}

} // namespace gemm_test
