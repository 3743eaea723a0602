#include "fxp/data/folder.hpp"

#include "support/catch.hpp"
#include "support/scratch.hpp"

#include <string>
#include <vector>

namespace folder_test {

using fxp_test::lacks;
using fxp_test::message_of;
using fxp_test::Scratch;

namespace {

std::string message(const std::filesystem::path& dir) {
    return message_of<fxp::DataError>([&] { fxp::read_folder(dir); });
}

std::string digits(int lines) {
    std::string text;
    for (int i = 0; i < lines; ++i) {
        for (int column = 0; column < 64; ++column) text += "8,";
        text += std::to_string(i % 10) + "\n";
    }
    return text;
}

const std::string images("\0\0\x08\x03\0\0\0\1\0\0\0\1\0\0\0\2\x00\xff", 18);
const std::string labels("\0\0\x08\x01\0\0\0\1\4", 9);

} // namespace

TEST_CASE("folder: usps and usps.t are USPS10, whatever else is there", "[data]") {
    const Scratch scratch;
    scratch.file("usps", "1 1:-1\n10 256:1\n");
    scratch.file("usps.t", "2 1:0.5\n");
    scratch.file("digits.csv", digits(5));
    const fxp::TrainTest data = fxp::read_folder(scratch.folder());
    CHECK(data.is_usps10);
    CHECK(data.train.name == "USPS10");
    CHECK(data.test.name == "USPS10");
    CHECK(data.train.labels == std::vector<int>{0, 9});
    CHECK(data.test.labels == std::vector<int>{1});
}

TEST_CASE("folder: digits.csv is optdigits, every fifth sample for testing", "[data]") {
    const Scratch scratch;
    scratch.file("digits.csv", digits(11));
    const fxp::TrainTest data = fxp::read_folder(scratch.folder());
    CHECK_FALSE(data.is_usps10);
    CHECK(data.train.name == "optdigits (not USPS10)");
    CHECK(data.test.name == "optdigits (not USPS10)");
    CHECK(data.test.labels == std::vector<int>{4, 9});
    CHECK(data.train.size() == 9);

    scratch.file("digits.csv", digits(4));
    CHECK(lacks(message(scratch.folder()), {"digits.csv", "4 samples", "expected at least 5"}) == "");
}

TEST_CASE("folder: the four IDX files are of the MNIST family", "[data]") {
    const Scratch scratch;
    const auto folder = scratch.folder() / "fashion";
    std::filesystem::create_directory(folder);
    scratch.file("fashion/train-images-idx3-ubyte", images);
    scratch.file("fashion/train-labels-idx1-ubyte", labels);
    scratch.file("fashion/t10k-images-idx3-ubyte", images);
    CHECK(lacks(message(folder), {folder.string(), "has train-images-idx3-ubyte", "also t10k-labels-idx1-ubyte"}) ==
          "");
    scratch.file("fashion/t10k-labels-idx1-ubyte", labels);
    const fxp::TrainTest data = fxp::read_folder(folder / "");
    CHECK_FALSE(data.is_usps10);
    CHECK(data.train.name == "fashion");
    CHECK(data.test.pixels == std::vector<double>{0, 1});

    std::string tall = images;
    tall[11] = 2;
    tall[15] = 1;
    scratch.file("fashion/t10k-images-idx3-ubyte", tall);
    CHECK(lacks(message(folder), {"t10k-images-idx3-ubyte", "2 x 1", "expected 1 x 2"}) == "");
}

TEST_CASE("folder: what holds no data set is refused by name", "[data]") {
    const Scratch scratch;
    CHECK(lacks(message(scratch.folder()), {scratch.folder().string(), "no data set", "usps and usps.t", "digits.csv",
                                            "train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}) == "");
    scratch.file("usps", "1 1:-1\n");
    CHECK(lacks(message(scratch.folder()), {scratch.folder().string(), "has usps", "expected also usps.t"}) == "");
    scratch.file("usps.t", "");
    CHECK(lacks(message(scratch.folder()), {"usps.t", "empty", "expected data"}) == "");
    CHECK(lacks(message(scratch.folder() / "usps"), {"usps: not a folder", "expected a folder"}) == "");
    const auto absent = scratch.folder() / "absent";
    CHECK(lacks(message(absent), {absent.string(), "No such file or directory", "expected a folder"}) == "");
}

} // namespace folder_test
