// Sums of the bytes of operands against plain sums.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/kernels/gemm/kernel_set.hpp>
#include <fxp/kernels/gemm/sums_avx512.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#ifdef FXP_X86_DISPATCH

namespace sums_avx512_test {

namespace avx512 = fxp::kernels::gemm::avx512;

namespace {

std::vector<std::byte> draw_bytes(exact::Draw& draw, std::size_t count) {
    std::vector<std::byte> bytes(count);
    for (auto& byte : bytes) byte = static_cast<std::byte>(draw.below(4) == 0 ? 128 : draw.below(256));
    return bytes;
}

template <std::size_t rows, bool is_signed>
void check_panel(exact::Draw& draw) {
    const std::size_t steps = draw.below(30);
    const std::vector<std::byte> panel = draw_bytes(draw, 4 * rows * steps);
    std::array<std::int32_t, rows> wanted{};
    for (std::size_t i = 0; i < panel.size(); ++i) {
        const auto byte = std::to_integer<std::uint8_t>(panel[i]);
        wanted[i / 4 % rows] += is_signed ? static_cast<std::int8_t>(byte) : byte;
    }
    std::array<std::int32_t, rows> sums;
    avx512::panel_sums<rows, is_signed>(panel.data(), steps, sums.data());
    CHECK(sums == wanted);
}

} // namespace

TEST_CASE("sums of the bytes of operands", "[kernels][gemm]") {
    using fxp::kernels::gemm::Set;
    if (!fxp::kernels::gemm::includes(fxp::kernels::gemm::active_set(), Set::avx512_vnni)) return;
    exact::Draw draw(3);
    for (int i = 0; i < 300; ++i) {
        check_panel<4, false>(draw);
        check_panel<4, true>(draw);
        check_panel<8, false>(draw);
        check_panel<8, true>(draw);

        const std::size_t rows = draw.below(10);
        const std::size_t steps = draw.below(70);
        const std::size_t lane = 4 * steps + draw.below(9); // bytes, of which the last are not the row's
        const std::vector<std::byte> a = draw_bytes(draw, rows * lane + 1);
        std::vector<std::int32_t> wanted(rows);
        for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t k = 0; k < 4 * steps; ++k) {
                wanted[r] += static_cast<std::int8_t>(std::to_integer<std::uint8_t>(a[r * lane + k]));
            }
        }
        std::vector<std::int32_t> sums(rows);
        avx512::row_sums(a.data(), static_cast<std::ptrdiff_t>(lane), rows, steps, sums.data());
        CHECK(sums == wanted);

        const std::vector<std::byte> b = draw_bytes(draw, steps * 128);
        const auto offset = static_cast<unsigned>(draw.below(256));
        std::array<std::int32_t, 32> columns{};
        for (std::size_t k = 0; k < b.size(); ++k) {
            columns[k / 4 % 32] -=
                static_cast<std::int32_t>(offset) * static_cast<std::int8_t>(std::to_integer<std::uint8_t>(b[k]));
        }
        std::array<std::int32_t, 32> start;
        avx512::column_start(b.data(), steps, offset, start.data());
        CHECK(start == columns);
    }
}

} // namespace sums_avx512_test

#endif
