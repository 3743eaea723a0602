#include "support/catch.hpp"

#include <fxp/data/image_rows.hpp>
#include <fxp/data/shuffle.hpp>
#include <fxp/tensor/float_tensor.hpp>
#include <fxp/tensor/fxp_tensor.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace image_rows_test {

using fxp::PixelShift;
using fxp::Shape;

namespace {

/// Images whose pixels tell sample and place, and a background below them all.
fxp::Dataset numbered(std::size_t samples, std::size_t height, std::size_t width) {
    fxp::Dataset data{"numbered", height, width, 10, {}, {}};
    for (std::size_t i = 0; i < samples * height * width; ++i) data.pixels.push_back(static_cast<double>(i) / 64);
    for (std::size_t n = 0; n < samples; ++n) data.labels.push_back(static_cast<int>(n % 10));
    data.pixels[height * width / 2] = -3.25;
    return data;
}

template <class Tensor>
fxp::ImageRows<Tensor> rows_of(const fxp::Dataset& data, std::size_t margin) {
    return {data, [](const Shape& shape, std::span<const double> reals) { return Tensor::from_real(shape, reals); },
            margin};
}

/// Requires what gather() says, pixel by pixel. No shifts: the images as they are.
template <class Tensor>
void check_gather(const fxp::Dataset& data, const std::vector<Tensor>& batch, const std::vector<std::size_t>& indices,
                  const std::vector<PixelShift>& shifts) {
    const auto height = static_cast<int>(data.height);
    const auto width = static_cast<int>(data.width);
    REQUIRE(batch.size() == data.height);
    std::size_t wrong = 0;
    for (int t = 0; t < height; ++t) {
        const Tensor& row = batch[static_cast<std::size_t>(t)];
        REQUIRE(row.shape() == Shape{data.width, indices.size()});
        const std::vector<double> reals = row.to_real();
        for (int f = 0; f < width; ++f) {
            for (std::size_t n = 0; n < indices.size(); ++n) {
                const PixelShift shift = shifts.empty() ? PixelShift{} : shifts[n];
                const int r = t - shift.down;
                const int c = f - shift.right;
                const bool inside = r >= 0 && r < height && c >= 0 && c < width;
                const double expected =
                    inside ? data.pixels[indices[n] * data.features() + static_cast<std::size_t>(r * width + c)]
                           : -3.25;
                if (reals[static_cast<std::size_t>(f) * indices.size() + n] != expected) ++wrong;
            }
        }
    }
    CHECK(wrong == 0);
}

const std::vector<PixelShift> nine{{-1, -1}, {0, -1}, {1, -1}, {-1, 0}, {0, 0}, {1, 0}, {-1, 1}, {0, 1}, {1, 1}};

} // namespace

TEMPLATE_TEST_CASE("gathered rows hold the pixels, shifted or not", "[data][image_rows]", (fxp::FxpTensor<16, 16>),
                   (fxp::FxpTensor<10, 6>), fxp::FloatTensor<float>) {
    for (const auto& [height, width] : {std::pair<std::size_t, std::size_t>{5, 7}, {1, 1}, {4, 16}, {1, 6}}) {
        const fxp::Dataset data = numbered(7, height, width);
        const auto plain = rows_of<TestType>(data, 0);
        const auto framed = rows_of<TestType>(data, 1);
        for (const std::size_t count : std::vector<std::size_t>{0, 1, 9, 15, 16, 17, 40}) {
            std::vector<std::size_t> indices(count);
            std::vector<PixelShift> shifts(count);
            for (std::size_t n = 0; n < count; ++n) {
                indices[n] = 3 * n % 7;
                shifts[n] = nine[n % 9];
            }
            std::vector<TestType> batch;
            plain.gather(indices, batch);
            check_gather(data, batch, indices, {});
            std::vector<TestType> other;
            framed.gather(indices, other);
            CHECK(other == batch);
            framed.gather(indices, std::vector<PixelShift>(count), other);
            CHECK(other == batch);
            plain.gather(indices, std::vector<PixelShift>(count), other);
            CHECK(other == batch);
            framed.gather(indices, shifts, other);
            check_gather(data, other, indices, shifts);
        }
    }
}

TEST_CASE("a margin of two pixels takes shifts by two", "[data][image_rows]") {
    using Tensor = fxp::FxpTensor<16, 16>;
    const fxp::Dataset data = numbered(3, 4, 5);
    const auto images = rows_of<Tensor>(data, 2);
    const std::vector<std::size_t> indices{2, 0, 1};
    const std::vector<PixelShift> shifts{{2, -2}, {-1, 2}, {0, 1}};
    std::vector<Tensor> batch;
    images.gather(indices, shifts, batch);
    check_gather(data, batch, indices, shifts);
}

TEST_CASE("shifts beyond the margin and another number of shifts are refused", "[data][image_rows]") {
    using Tensor = fxp::FxpTensor<16, 16>;
    const fxp::Dataset data = numbered(3, 4, 5);
    const std::vector<std::size_t> indices{0, 1};
    std::vector<Tensor> batch;
    const auto gather = [&](std::size_t margin, std::vector<PixelShift> shifts) {
        rows_of<Tensor>(data, margin).gather(indices, shifts, batch);
    };
    CHECK_NOTHROW(gather(1, {{0, 0}, {1, -1}}));
    CHECK_THROWS_AS(gather(0, {{0, 0}, {1, 0}}), fxp::ArgumentError);
    CHECK_THROWS_AS(gather(0, {{0, -1}, {0, 0}}), fxp::ArgumentError);
    CHECK_THROWS_AS(gather(1, {{0, 0}, {0, 2}}), fxp::ArgumentError);
    CHECK_THROWS_AS(gather(1, {{0, 0}}), fxp::ArgumentError);
    CHECK_THROWS_WITH(gather(1, {{-2, 0}, {0, 0}}),
                      Catch::Matchers::ContainsSubstring("a shift by -2 right and 0 down, expected at most 1"));
    CHECK_NOTHROW(rows_of<Tensor>(numbered(1, 2, 2), 1));
}

TEST_CASE("random shifts: each of the nine equally often, a function of seed, epoch and sample", "[data][shift]") {
    constexpr std::size_t samples = 9000;
    std::array<std::size_t, 9> count{};
    std::size_t same_epoch = 0;
    std::size_t same_seed = 0;
    for (std::size_t n = 0; n < samples; ++n) {
        const PixelShift shift = fxp::random_shift(3, 5, n);
        REQUIRE(std::max(std::abs(shift.right), std::abs(shift.down)) <= 1);
        ++count[static_cast<std::size_t>(3 * (shift.down + 1) + shift.right + 1)];
        same_epoch += shift == fxp::random_shift(3, 6, n) ? 1U : 0U;
        same_seed += shift == fxp::random_shift(4, 5, n) ? 1U : 0U;
    }
    double chi_squared = 0;
    for (const std::size_t k : count)
        chi_squared += (static_cast<double>(k) - 1000) * (static_cast<double>(k) - 1000) / 1000;
    CHECK(chi_squared < 26.1); // 8 degrees of freedom: p = 0.001
    CHECK((same_epoch > 850 && same_epoch < 1150));
    CHECK((same_seed > 850 && same_seed < 1150));

    const std::vector<std::size_t> chosen{8, 0, 8, 3};
    std::vector<PixelShift> shifts(1);
    fxp::random_shifts(3, 5, chosen, shifts);
    REQUIRE(shifts.size() == 4);
    for (std::size_t n = 0; n < 4; ++n) CHECK(shifts[n] == fxp::random_shift(3, 5, chosen[n]));
}

TEST_CASE("random shifts are part of what makes a run reproducible", "[data][shift]") {
    // Philox4x32-10 of counter (sample / 4, epoch, 0, 4) under key seed, times nine, shifted right by 32.
    for (std::uint32_t n = 0; n < 8; ++n) {
        const std::uint32_t word = fxp::philox4x32({n / 4, 2, 0, 4}, {9, 1})[n % 4];
        const auto ninth = static_cast<int>((std::uint64_t{word} * 9) >> 32);
        CHECK(fxp::random_shift(9 + (std::uint64_t{1} << 32), 2, n) == PixelShift{ninth % 3 - 1, ninth / 3 - 1});
    }
}

} // namespace image_rows_test
