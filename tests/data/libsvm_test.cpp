#include "fxp/data/libsvm.hpp"

#include "support/catch.hpp"
#include "support/scratch.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace libsvm_test {

using fxp_test::lacks;
using fxp_test::message_of;
using fxp_test::Scratch;

namespace {

constexpr fxp::LibsvmLayout tiny{2, 2, 3, 1, -1, 1};

std::string message(const std::string& content, fxp::LibsvmLayout layout = tiny) {
    const Scratch scratch;
    const auto path = scratch.file("some.svm", content);
    return message_of<fxp::DataError>([&] { fxp::read_libsvm(path, layout); });
}

} // namespace

TEST_CASE("libsvm: samples, absent features and line ends", "[data]") {
    const Scratch scratch;
    for (const char* content : {"3 1:-1 2:0.5 4:1\n1\n2 3:+.25\n", "3 1:-1 2:0.5 4:1 \r\n1 \t\r\n2\t3:0.25\r\n\r\n\n",
                                " +3 1:-1e0 2:5e-1 4:1\n1\n2 3:0.25"}) {
        const fxp::Dataset data = fxp::read_libsvm(scratch.file("some.svm", content), tiny);
        CHECK(data.name == "some.svm");
        CHECK(data.height == 2);
        CHECK(data.width == 2);
        CHECK(data.classes == 3);
        CHECK(data.labels == std::vector<int>{2, 0, 1});
        CHECK(data.pixels == std::vector<double>{-1, 0.5, 0, 1, 0, 0, 0, 0, 0, 0, 0.25, 0});
        CHECK_NOTHROW(fxp::validate(data));
    }
}

TEST_CASE("libsvm: the default layout is USPS10", "[data]") {
    const Scratch scratch;
    const fxp::Dataset data = fxp::read_libsvm(scratch.file("usps", "10 1:-0.999997 18:0.5 256:-1.000000\n"));
    CHECK(data.features() == 256);
    CHECK(data.labels == std::vector<int>{9});
    CHECK(data.pixels[0] == -0.999997);
    CHECK(data.pixels[1 * 16 + 1] == 0.5);
    CHECK(data.pixels[255] == -1);
}

TEST_CASE("libsvm: numbers are read correctly rounded", "[data]") {
    const Scratch scratch;
    const auto path = scratch.file("some.svm", "1 1:0.1 2:0.50000000000000005551115123125782702118158340454101563 "
                                               "3:-0.3 4:4.9406564584124654e-324\n");
    const fxp::Dataset data = fxp::read_libsvm(path, tiny);
    CHECK(data.pixels == std::vector<double>{0.1, 0.5000000000000001, -0.3, 4.9406564584124654e-324});
}

TEST_CASE("libsvm: every error names the file, the line, the value and what was expected", "[data]") {
    const std::string line = "some.svm:2: ";
    CHECK(lacks(message("1 1:0\n0 1:0\n"), {line, "label '0'", "expected an integer from 1 to 3"}) == "");
    CHECK(lacks(message("1 1:0\n4 1:0\n"), {line, "label '4'", "expected an integer from 1 to 3"}) == "");
    CHECK(lacks(message("1\n2.5 1:0\n"), {line, "label '2.5'", "expected an integer"}) == "");
    CHECK(lacks(message("1\nx\n"), {line, "label 'x'", "expected an integer"}) == "");
    CHECK(lacks(message("1\n1:0.5\n"), {line, "label '1:0.5'", "expected an integer"}) == "");
    CHECK(lacks(message("1\n99999999999999999999 1:0\n"), {line, "label '99999999999999999999'", "expected"}) == "");
    CHECK(lacks(message("1\n1 0:0.5\n"), {line, "index in '0:0.5'", "expected 1 to 4"}) == "");
    CHECK(lacks(message("1\n1 5:0.5\n"), {line, "index in '5:0.5'", "expected 1 to 4"}) == "");
    CHECK(lacks(message("1\n1 99999999999999999999:0\n"), {line, "index in '9999", "expected 1 to 4"}) == "");
    CHECK(lacks(message("1\n1 3:0 2:0\n"), {line, "index in '2:0' follows 3", "expected increasing"}) == "");
    CHECK(lacks(message("1\n1 3:0 3:0\n"), {line, "index in '3:0' follows 3", "expected increasing"}) == "");
    for (const char* value :
         {"nan", "inf", "-inf", "1.5", "-1.0000001", "1e999", "1e-999", "", "abc", "0.5x", "+-1", "0,5", "0x1"}) {
        CHECK(lacks(message("1\n1 2:" + std::string(value) + "\n"),
                    {line, "value in '2:" + std::string(value) + "'", "expected a number from -1 to 1"}) == "");
    }
    for (const char* token : {"garbage", ":", "1", "-1:0.5", "#", "1;0"}) {
        CHECK(lacks(message("1\n1 " + std::string(token) + "\n"),
                    {line, "'" + std::string(token) + "'", "expected index:value"}) == "");
    }
    CHECK(lacks(message("1\n\n1\n"), {line, "empty", "expected a sample"}) == "");
    CHECK(lacks(message("1\n \r\n1\n"), {line, "empty", "expected a sample"}) == "");
    CHECK(lacks(message("1\n1 \x01\xff" + std::string(50, 'z') + "\n"), {line, "'??zzz", "...'"}) == "");
    CHECK(lacks(message(std::string("1\n1 1:0\0", 8)), {line, "value in '1:0?'"}) == "");
}

TEST_CASE("libsvm: files that hold nothing to read", "[data]") {
    CHECK(lacks(message(""), {"some.svm", "empty", "expected data"}) == "");
    CHECK(lacks(message(" \r\n\n"), {"some.svm", "blanks", "expected data"}) == "");
    CHECK(lacks(message("BZh91AY"), {"some.svm", "bzip2", "bunzip2 it first"}) == "");

    const Scratch scratch;
    const auto absent = scratch.folder() / "absent";
    CHECK(lacks(message_of<fxp::DataError>([&] { fxp::read_libsvm(absent); }),
                {"cannot read " + absent.string(), "No such file or directory"}) == "");
    CHECK(lacks(message_of<fxp::DataError>([&] { fxp::read_libsvm(scratch.folder()); }),
                {"cannot read " + scratch.folder().string(), "Is a directory"}) == "");
}

TEST_CASE("libsvm: impossible layouts", "[data]") {
    const auto refusal = [](fxp::LibsvmLayout layout) {
        return message_of<fxp::ArgumentError>([&] { fxp::read_libsvm("none", layout); });
    };
    CHECK(lacks(refusal({0, 16, 10, 1, -1, 1}), {"0 x 16 pixels", "expected"}) == "");
    CHECK(lacks(refusal({std::size_t{1} << 40, std::size_t{1} << 40, 10, 1, -1, 1}), {"pixels", "expected"}) == "");
    CHECK(lacks(refusal({2, 2, 0, 1, -1, 1}), {"0 classes", "expected"}) == "");
    CHECK(lacks(refusal({2, 2, 3, 1, 0.5, 1}), {"0.5 to 1", "expected a range that holds 0"}) == "");
}

} // namespace libsvm_test
