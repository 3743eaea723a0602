#include "fxp/data/dataset.hpp"

#include "support/catch.hpp"
#include "support/scratch.hpp"

#include <array>
#include <cstddef>
#include <limits>
#include <vector>

namespace dataset_test {

using fxp_test::lacks;
using fxp_test::message_of;

namespace {

/// n samples of 1 x 2 pixels; sample i has the pixels i and -i and the label i % 3.
fxp::Dataset samples(std::size_t n) {
    fxp::Dataset data{"small", 1, 2, 3, {}, {}};
    for (std::size_t i = 0; i < n; ++i) {
        data.pixels.push_back(static_cast<double>(i));
        data.pixels.push_back(-static_cast<double>(i));
        data.labels.push_back(static_cast<int>(i % 3));
    }
    return data;
}

} // namespace

TEST_CASE("dataset: sizes come from the labels and the image", "[data]") {
    const fxp::Dataset data = samples(7);
    CHECK(data.size() == 7);
    CHECK(data.features() == 2);
    CHECK_NOTHROW(fxp::validate(data));
    CHECK_NOTHROW(fxp::validate(samples(0)));
}

TEST_CASE("dataset: validate refuses what contradicts itself", "[data]") {
    const auto message = [](const fxp::Dataset& data) {
        return message_of<fxp::DataError>([&] { fxp::validate(data); });
    };
    fxp::Dataset data = samples(4);
    data.pixels.pop_back();
    CHECK(lacks(message(data), {"small", "7 pixel values", "expected 4 labels x 1 x 2"}) == "");

    data = samples(4);
    data.labels.push_back(0);
    CHECK(lacks(message(data), {"8 pixel values", "expected 5 labels"}) == "");

    data = samples(4);
    data.labels[3] = 3;
    CHECK(lacks(message(data), {"sample 3", "label 3", "expected 0..2"}) == "");
    data.labels[3] = -1;
    CHECK(lacks(message(data), {"sample 3", "label -1", "expected 0..2"}) == "");

    data = samples(4);
    data.classes = 0;
    CHECK(lacks(message(data), {"0 classes", "expected at least one"}) == "");

    data = samples(4);
    data.width = 0;
    CHECK(lacks(message(data), {"1 x 0 pixels", "expected at least one"}) == "");

    data = samples(4);
    data.height = std::size_t{1} << 63;
    CHECK(lacks(message(data), {"8 pixel values", "expected 4 labels"}) == "");

    data = samples(4);
    data.pixels[5] = std::numeric_limits<double>::infinity();
    CHECK(lacks(message(data), {"sample 2", "pixel 1", "inf", "expected a finite number"}) == "");
}

TEST_CASE("dataset: a subset holds the samples asked for, in that order", "[data]") {
    const std::array<std::size_t, 3> indexes{4, 1, 4};
    const fxp::Dataset part = fxp::subset(samples(5), indexes);
    CHECK(part.pixels == std::vector<double>{4, -4, 1, -1, 4, -4});
    CHECK(part.labels == std::vector<int>{1, 1, 1});
    CHECK(part.name == "small");
    CHECK(part.classes == 3);
    CHECK_NOTHROW(fxp::validate(part));

    const std::array<std::size_t, 1> beyond{5};
    const auto message = message_of<fxp::ArgumentError>([&] { fxp::subset(samples(5), beyond); });
    CHECK(lacks(message, {"small", "sample 5", "expected 0..5"}) == "");
}

TEST_CASE("dataset: split_every takes each n-th sample for testing", "[data]") {
    const auto [train, test] = fxp::split_every(samples(11), 5);
    CHECK(test.pixels == std::vector<double>{4, -4, 9, -9});
    CHECK(train.size() == 9);
    CHECK(train.pixels[8] == 5);
    CHECK(train.labels[8] == 1);

    const auto [all, none] = fxp::split_every(samples(4), 5);
    CHECK(all.size() == 4);
    CHECK(none.size() == 0);

    for (const std::size_t n : {std::size_t{0}, std::size_t{1}}) {
        const auto message = message_of<fxp::ArgumentError>([&] { fxp::split_every(samples(4), n); });
        CHECK(lacks(message, {"every " + std::to_string(n) + "-th", "expected 2 or more"}) == "");
    }
}

} // namespace dataset_test
