#include "fxp/io/npy.hpp"

#include "support/catch.hpp"
#include "support/scratch.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace npy_test {

using fxp_test::lacks;
using fxp_test::message_of;
using fxp_test::Scratch;

namespace {

using Shape = std::vector<std::size_t>;

/// A version 1.0 (or 2.0) file with this dictionary, unpadded.
std::string npy(const std::string& header, const std::string& data, bool second = false) {
    std::string text = second ? std::string("\x93NUMPY\x02\0", 8) : std::string("\x93NUMPY\x01\0", 8);
    for (std::size_t i = 0; i < (second ? 4U : 2U); ++i) text += static_cast<char>(header.size() >> (8 * i) & 255U);
    return text + header + data;
}

std::string dictionary(const std::string& descr, const std::string& shape, const std::string& fortran = "False") {
    return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

std::string message(const std::string& content) {
    const Scratch scratch;
    const auto path = scratch.file("some.npy", content);
    return message_of<fxp::DataError>([&] { fxp::read_npy(path); });
}

template <class T>
void check_round_trip(const Shape& shape, const std::vector<T>& values, const std::string& dtype) {
    const Scratch scratch;
    const auto path = scratch.folder() / "a.npy";
    fxp::write_npy<T>(path, shape, values);
    const fxp::NpyArray array = fxp::read_npy(path);
    CHECK(array.dtype == dtype);
    CHECK(array.shape == shape);
    CHECK(array.as<T>() == values);
    CHECK(scratch.count() == 1);
}

} // namespace

TEST_CASE("npy: what is written is read back", "[io]") {
    check_round_trip<std::int8_t>({3}, {-128, 0, 127}, "|i1");
    check_round_trip<std::int16_t>({2, 2}, {-32768, -1, 1, 32767}, "<i2");
    check_round_trip<std::int32_t>({1, 2, 1}, {std::numeric_limits<std::int32_t>::min(), 7}, "<i4");
    check_round_trip<std::int64_t>({2}, {std::numeric_limits<std::int64_t>::min(), 1LL << 40}, "<i8");
    check_round_trip<long long>({1}, {1LL << 40}, "<i8");
    check_round_trip<float>({2}, {-0.5F, 1e-45F}, "<f4");
    check_round_trip<double>({}, {0.1}, "<f8");
    check_round_trip<double>({3, 0}, {}, "<f8");
}

TEST_CASE("npy: the bytes are those of numpy.save", "[io]") {
    const Scratch scratch;
    const auto path = scratch.folder() / "a.npy";
    const auto expected = [](const std::string& header, std::size_t total, const std::string& data) {
        return npy(header + std::string(total - 11 - header.size(), ' ') + "\n", data);
    };
    fxp::write_npy<std::int32_t>(path, Shape{2, 1}, std::vector<std::int32_t>{1, -2});
    CHECK(fxp::read_file(path) ==
          expected(dictionary("<i4", "(2, 1)"), 128, std::string("\1\0\0\0\xfe\xff\xff\xff", 8)));
    fxp::write_npy<std::int8_t>(path, Shape{1}, std::vector<std::int8_t>{5});
    CHECK(fxp::read_file(path) == expected(dictionary("|i1", "(1,)"), 128, "\5"));
    fxp::write_npy<double>(path, Shape{}, std::vector<double>{1});
    CHECK(fxp::read_file(path) == expected(dictionary("<f8", "()"), 128, std::string("\0\0\0\0\0\0\xf0\x3f", 8)));
    fxp::write_npy<std::int16_t>(path, Shape(15, 1), std::vector<std::int16_t>{1});
    const std::string ones = "(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)";
    CHECK(fxp::read_file(path) == expected(dictionary("<i2", ones), 192, std::string("\1\0", 2)));
}

TEST_CASE("npy: other ways to write the same header", "[io]") {
    const Scratch scratch;
    const std::string data("\1\0\2\0", 4);
    for (const std::string& content :
         {npy(dictionary("<i2", "(2,)") + "   \n", data), npy(dictionary("<i2", "(2,)"), data, true),
          npy(dictionary("<i2", "(2,)", "True"), data),
          npy("{\"shape\":(2,),\"fortran_order\":False,\"descr\":\"<i2\"}\n", data)}) {
        const fxp::NpyArray array = fxp::read_npy(scratch.file("some.npy", content));
        CHECK(array.shape == Shape{2});
        CHECK(array.as<std::int16_t>() == std::vector<std::int16_t>{1, 2});
    }
    const fxp::NpyArray bytes = fxp::read_npy(scratch.file("some.npy", npy(dictionary("<i1", "(1,)"), "\xff")));
    CHECK(bytes.as<std::int8_t>() == std::vector<std::int8_t>{-1});
}

TEST_CASE("npy: every error names the file, the value and what was expected", "[io]") {
    const std::string name = "some.npy: ";
    CHECK(lacks(message(""), {name, "not a NumPy array", "expected an .npy file"}) == "");
    CHECK(lacks(message("PK\3\4 and something else"), {name, "not a NumPy array"}) == "");
    CHECK(lacks(message(std::string("\x93NUMPY\x03\0\0\0\0\0\0", 13)), {name, "3.0", "expected version 1.0 or"}) == "");
    CHECK(lacks(message(std::string("\x93NUMPY\x02\0\0\0", 10)), {name, "2.0", "10 bytes"}) == "");
    CHECK(lacks(message(npy(dictionary("<i2", "(2,)"), "").substr(0, 60)),
                {name, "header size is", "expected at most the 50 bytes"}) == "");
    CHECK(lacks(message(std::string("\x93NUMPY\x02\0\xff\xff\xff\xff", 12)), {name, "4294967295", "the 0 bytes"}) ==
          "");
    for (const char* descr : {"<u2", ">i4", "|b1", "<c16", "", "<i3"}) {
        CHECK(lacks(message(npy(dictionary(descr, "(2,)"), "")),
                    {name, "type '" + std::string(descr) + "'", "expected |i1, <i2"}) == "");
    }
    CHECK(lacks(message(npy(dictionary("|i1", "(2, 2)", "True"), "1234")), {name, "Fortran", "expected C order"}) ==
          "");
    CHECK(lacks(message(npy(dictionary("<i4", "(2, 3)"), "1234")),
                {name, "4 bytes of values", "expected 24", "(2, 3)", "<i4"}) == "");
    CHECK(lacks(message(npy(dictionary("|i1", "(2,)"), "123")), {name, "3 bytes of values", "expected 2"}) == "");
    CHECK(lacks(message(npy(dictionary("<f8", "(1152921504606846976,)"), "")), {name, "0 bytes", "expected 9223"}) ==
          "");
    CHECK(lacks(message(npy(dictionary("<f8", "(4294967296, 4294967296, 2)"), "")),
                {name, "0 bytes", "expected 18446744073709551615"}) == "");
    for (const char* header : {"", "{}", "{'descr': '<i2'}", "['descr']", "{'descr': '<i2', 'shape': (2,), 'x': 1}",
                               "{'descr': '<i2', 'descr': '<i2'}", "{'descr': [('a', '<i2')]}", "{'descr': '<i2",
                               "{'fortran_order': Maybe}", "{'shape': (-1,)}", "{'shape': (99999999999999999999,)}",
                               "{'shape': (1, 2", "{'shape': 2}", "{'descr': '\1'}"}) {
        CHECK(lacks(message(npy(header, "")), {name, ".npy header", "expected a dictionary with descr"}) == "");
    }
    CHECK(lacks(message(npy(dictionary("<i2", "(0,)") + "x", "")), {name, "more after its end"}) == "");
    CHECK(lacks(message_of<fxp::DataError>([] { fxp::read_npy("/absent/a.npy"); }),
                {"cannot read /absent/a.npy", "No such file"}) == "");
}

TEST_CASE("npy: headers that claim more than there is are refused", "[io]") {
    const std::string claim = npy("{'descr':'|i1','shape':(1152921504606846976,),'fortran_order':False}", "");
    CHECK(lacks(message(claim), {"0 bytes of values", "expected 1152921504606846976 for shape"}) == "");
    const std::string header_beyond_end = std::string("\x93NUMPY\x02\0\xff\xff\xff\xff", 12) + std::string(28, ' ');
    CHECK(lacks(message(header_beyond_end), {"header size is 4294967295", "the 28 bytes that follow"}) == "");
    std::string ones;
    for (int i = 0; i < 20'000; ++i) ones += "1,";
    CHECK(message(npy(dictionary("|i1", "(" + ones + ")"), "")).size() < 300);
}

TEST_CASE("npy: the type asked for must be the type held", "[io]") {
    const Scratch scratch;
    const auto path = scratch.folder() / "a.npy";
    fxp::write_npy<float>(path, Shape{1}, std::vector<float>{1});
    const fxp::NpyArray array = fxp::read_npy(path);
    CHECK(lacks(message_of<fxp::DataError>([&] { static_cast<void>(array.as<std::int32_t>()); }),
                {path.string(), "'<f4'", "expected '<i4'"}) == "");
}

TEST_CASE("npy: impossible and refused writes", "[io]") {
    const std::vector<float> values{1, 2, 3};
    const auto refusal = [&](const Shape& shape) {
        return message_of<fxp::ArgumentError>([&] { fxp::write_npy<float>("a.npy", shape, values); });
    };
    CHECK(lacks(refusal({2, 2}), {"a.npy", "3 values", "(2, 2)"}) == "");
    CHECK(lacks(refusal({0}), {"a.npy", "3 values", "(0,)"}) == "");
    Shape long_shape(30'000, 1);
    long_shape[0] = 3;
    CHECK(lacks(refusal(long_shape), {"a.npy", "too many dimensions"}) == "");
    CHECK(lacks(message_of<fxp::DataError>([&] { fxp::write_npy<float>("/absent/a.npy", Shape{3}, values); }),
                {"cannot write /absent/a.npy", "No such file"}) == "");
}

} // namespace npy_test
