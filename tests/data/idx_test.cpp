#include "fxp/data/idx.hpp"

#include "support/catch.hpp"
#include "support/scratch.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace idx_test {

using fxp_test::lacks;
using fxp_test::message_of;
using fxp_test::Scratch;

namespace {

std::string words(std::initializer_list<std::uint32_t> values, const std::string& data) {
    std::string result;
    for (const std::uint32_t v : values) {
        for (const unsigned shift : {24U, 16U, 8U, 0U}) result += static_cast<char>(v >> shift & 0xFFU);
    }
    return result + data;
}

const std::string good_images = words({0x803, 2, 1, 3}, std::string("\x00\x33\xff\x01\x02\x80", 6));
const std::string good_labels = words({0x801, 2}, std::string("\x07\x00", 2));

std::string message(const std::string& images, const std::string& labels, std::size_t classes = 10) {
    const Scratch scratch;
    const auto images_path = scratch.file("images", images);
    const auto labels_path = scratch.file("labels", labels);
    return message_of<fxp::DataError>([&] { fxp::read_idx(images_path, labels_path, classes); });
}

} // namespace

TEST_CASE("idx: a file of 40 bytes that claims 2^60 pixels is refused", "[data]") {
    const std::string claim = words({0x803, 1U << 20, 1U << 20, 1U << 20}, std::string(24, '\0'));
    REQUIRE(claim.size() == 40);
    CHECK(lacks(message(claim, good_labels), {"images", "24 bytes", "says 1048576 x 1048576 x 1048576 images"}) == "");
}

TEST_CASE("idx: pixels are scaled to 0..1", "[data]") {
    const Scratch scratch;
    const auto data = fxp::read_idx(scratch.file("images", good_images), scratch.file("labels", good_labels));
    CHECK(data.name == "images");
    CHECK(data.height == 1);
    CHECK(data.width == 3);
    CHECK(data.classes == 10);
    CHECK(data.labels == std::vector<int>{7, 0});
    CHECK(data.pixels == std::vector<double>{0, 0.2, 1, 1.0 / 255, 2.0 / 255, 128.0 / 255});
    CHECK_NOTHROW(fxp::validate(data));
}

TEST_CASE("idx: every error names the file, the value and what was expected", "[data]") {
    CHECK(lacks(message("\x1f\x8b\x08", good_labels), {"images", "gzip", "gunzip it first"}) == "");
    CHECK(lacks(message(good_images, "\x1f\x8b\x08"), {"labels", "gzip", "gunzip it first"}) == "");
    CHECK(lacks(message("", good_labels), {"images", "empty", "expected data"}) == "");
    CHECK(lacks(message(good_images.substr(0, 15), good_labels), {"images", "15 bytes", "header of 16"}) == "");
    CHECK(lacks(message(good_labels + good_labels, good_labels), {"images", "2049", "expected 2051"}) == "");
    CHECK(lacks(message(good_images, good_images), {"labels", "2051", "expected 2049"}) == "");
    CHECK(lacks(message(good_images + "x", good_labels), {"images", "7 bytes", "2 x 1 x 3"}) == "");
    CHECK(lacks(message(good_images.substr(0, 21), good_labels), {"images", "5 bytes", "2 x 1 x 3"}) == "");
    CHECK(lacks(message(good_images, good_labels.substr(0, 9)), {"labels", "1 bytes", "2 labels"}) == "");
    CHECK(lacks(message(words({0x803, 0, 28, 28}, ""), good_labels), {"images", "0 x 28", "at least one"}) == "");
    CHECK(lacks(message(words({0x803, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "abc"), good_labels),
                {"images", "3 bytes", "4294967295 x 4294967295 x 4294967295"}) == "");
    CHECK(lacks(message(good_images, words({0x801, 3}, std::string(3, '\1'))),
                {"labels", "3 labels", "expected 2", "images"}) == "");
    CHECK(lacks(message(good_images, good_labels, 7), {"labels", "sample 0", "label 7", "expected 0 to 6"}) == "");

    const Scratch scratch;
    const auto absent = scratch.folder() / "absent";
    CHECK(lacks(message_of<fxp::DataError>([&] { fxp::read_idx(absent, absent); }),
                {"cannot read " + absent.string(), "No such file"}) == "");
    CHECK(lacks(message_of<fxp::ArgumentError>([&] { fxp::read_idx(absent, absent, 257); }),
                {"257 classes", "expected 1 to 256"}) == "");
}

} // namespace idx_test
