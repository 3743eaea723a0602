#include "fxp/data/csv_digits.hpp"

#include "support/catch.hpp"
#include "support/scratch.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace csv_digits_test {

using fxp_test::lacks;
using fxp_test::message_of;
using fxp_test::Scratch;

namespace {

/// A line whose pixel at `column` (0 to 63) is `value` and whose others are 16.
std::string line(const std::string& label, std::size_t column = 0, const std::string& value = "16") {
    std::string text;
    for (std::size_t i = 0; i < 64; ++i) text += (i == column ? value : "16") + ",";
    return text + label;
}

std::string message(const std::string& content) {
    const Scratch scratch;
    const auto path = scratch.file("digits.csv", content);
    return message_of<fxp::DataError>([&] { fxp::read_csv_digits(path); });
}

} // namespace

TEST_CASE("csv_digits: pixels are scaled to -1..1", "[data]") {
    const Scratch scratch;
    const auto path = scratch.file("digits.csv", line("9", 63, "0") + "\r\n" + line("0", 8, "3") + " \n\n");
    const fxp::Dataset data = fxp::read_csv_digits(path);
    CHECK(data.name == "optdigits (not USPS10)");
    CHECK(data.height == 8);
    CHECK(data.width == 8);
    CHECK(data.labels == std::vector<int>{9, 0});
    CHECK(data.pixels[0] == 1);
    CHECK(data.pixels[63] == -1);
    CHECK(data.pixels[64 + 8] == 3.0 / 8 - 1);
    CHECK_NOTHROW(fxp::validate(data));
}

TEST_CASE("csv_digits: every error names the file, the line, the value and what was expected", "[data]") {
    const std::string good = line("1") + "\n";
    const std::string where = "digits.csv:2: ";
    for (const char* value : {"17", "-1", "1.5", "", "x", " 3", "99999999999", "nan"}) {
        CHECK(lacks(message(good + line("1", 4, value)),
                    {where, "pixel 5 is '" + std::string(value) + "'", "expected an integer from 0 to 16"}) == "");
    }
    for (const char* value : {"10", "-1", "x", ""}) {
        CHECK(lacks(message(good + line(value)),
                    {where, "label '" + std::string(value) + "'", "expected an integer from 0 to 9"}) == "");
    }
    CHECK(lacks(message(good + "1,2,3"), {where, "3 values", "expected 64 pixels and a label"}) == "");
    CHECK(lacks(message(good + line("1,1")), {where, "more than 65 values", "expected 64 pixels"}) == "");
    CHECK(lacks(message(good + "\n" + good), {where, "empty", "expected a sample"}) == "");
    CHECK(lacks(message(""), {"digits.csv", "empty", "expected data"}) == "");
    CHECK(lacks(message("\x1f\x8b\x08"), {"digits.csv", "gzip", "gunzip"}) == "");
    CHECK(lacks(message_of<fxp::DataError>([] { fxp::read_csv_digits("/absent/digits.csv"); }),
                {"cannot read /absent/digits.csv", "No such file"}) == "");
}

} // namespace csv_digits_test
