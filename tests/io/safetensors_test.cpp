#include "fxp/io/safetensors.hpp"

#include "support/catch.hpp"
#include "support/scratch.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace safetensors_test {

using fxp_test::lacks;
using fxp_test::message_of;
using fxp_test::Scratch;

namespace {

template <class T>
fxp::SafetensorsEntry entry(const std::string& name, const std::string& dtype, std::vector<std::size_t> shape,
                            const std::vector<T>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    return {name, dtype, std::move(shape), {bytes.begin(), bytes.end()}};
}

fxp::Safetensors sample() {
    fxp::Safetensors content;
    content.tensors.push_back(entry<std::int8_t>("tiny", "I8", {3}, {-1, 0, 1}));
    content.tensors.push_back(entry<std::int32_t>("lstm.weight", "I32", {2, 2}, {1, -2, 1 << 30, 4}));
    content.tensors.push_back(entry<double>("loss", "F64", {}, {0.1}));
    content.tensors.push_back(entry<std::uint8_t>("empty", "U8", {4, 0}, {}));
    content.tensors.push_back(entry<std::int16_t>("h\xc3\xa9 \"q\"", "I16", {1}, {-300}));
    content.metadata = {{"step", "12"}, {"recipe", "{\"header_sha256\":\"0\"}\n"}};
    return content;
}

/// A file with this header and data, without any help.
std::string raw(const std::string& header, const std::string& data = "") {
    std::string text;
    for (unsigned i = 0; i < 8; ++i) text += static_cast<char>(std::uint64_t{header.size()} >> (8 * i) & 255U);
    return text + header + data;
}

std::string message(const std::string& content) {
    const Scratch scratch;
    const auto path = scratch.file("some.safetensors", content);
    return message_of<fxp::DataError>([&] { fxp::read_safetensors(path); });
}

std::string refusal(const fxp::Safetensors& content) {
    const Scratch scratch;
    const auto path = scratch.folder() / "out.safetensors";
    const auto text = message_of<fxp::ArgumentError>([&] { fxp::write_safetensors(path, content); });
    CHECK(scratch.count() == 0);
    return text;
}

} // namespace

TEST_CASE("safetensors: what is written is read back, and again the same bytes", "[io]") {
    const Scratch scratch;
    const auto path = scratch.folder() / "a.safetensors";
    for (const fxp::Safetensors& content : {sample(), fxp::Safetensors{}}) {
        fxp::write_safetensors(path, content);
        const std::string bytes = fxp::read_file(path);
        const fxp::Safetensors back = fxp::read_safetensors(path);
        REQUIRE(back.tensors.size() == content.tensors.size());
        for (std::size_t i = 0; i < back.tensors.size(); ++i) {
            CHECK(back.tensors[i].name == content.tensors[i].name);
            CHECK(back.tensors[i].dtype == content.tensors[i].dtype);
            CHECK(back.tensors[i].shape == content.tensors[i].shape);
            CHECK(back.tensors[i].bytes == content.tensors[i].bytes);
        }
        for (const auto& [key, value] : content.metadata) CHECK(back.metadata.at(key) == value);
        CHECK(back.metadata.size() == content.metadata.size() + 2);
        CHECK(back.metadata.at("data_sha256").size() == 64);
        fxp::write_safetensors(path, back);
        CHECK(fxp::read_file(path) == bytes);
        CHECK(scratch.count() == 1);
    }
}

TEST_CASE("safetensors: layout of the file", "[io]") {
    const Scratch scratch;
    const auto path = scratch.folder() / "a.safetensors";
    fxp::write_safetensors(path, sample());
    const std::string bytes = fxp::read_file(path);
    const auto size = static_cast<std::size_t>(fxp::load_little_endian<std::uint64_t>(std::as_bytes(std::span(bytes))));
    CHECK(size % 8 == 0);
    const std::string header = bytes.substr(8, size);
    CHECK(lacks(header,
                {"{\"__metadata__\":{", "\"loss\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]}",
                 "\"lstm.weight\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[8,24]}",
                 "\"data_offsets\":[24,26]", "\"tiny\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[26,29]}",
                 "\"data_sha256\":\"" + fxp::sha256_hex(std::as_bytes(std::span(bytes).subspan(8 + size)))}) == "");
    CHECK(bytes.size() == 8 + size + 29);
    CHECK(bytes.substr(8 + size + 8, 8) == std::string("\1\0\0\0\xfe\xff\xff\xff", 8));
}

TEST_CASE("safetensors: any flipped bit and any truncation is refused", "[io]") {
    const Scratch scratch;
    const auto path = scratch.folder() / "a.safetensors";
    fxp::write_safetensors(path, sample());
    const std::string good = fxp::read_file(path);
    std::size_t accepted = 0;
    for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
        std::string bad = good;
        bad[bit / 8] = static_cast<char>(static_cast<unsigned char>(bad[bit / 8]) ^ (1U << bit % 8));
        const std::string text = message_of<fxp::DataError>([&] { fxp::detail::SafetensorsReader("a", bad).read(); });
        accepted += lacks(text, {"a: "}) == "" && text != "no exception" ? 0U : 1U;
    }
    CHECK(accepted == 0);
    for (std::size_t size = 0; size < good.size(); ++size) {
        const std::string bad = good.substr(0, size);
        accepted +=
            message_of<fxp::DataError>([&] { fxp::detail::SafetensorsReader("a", bad).read(); }) == "no exception" ? 1U
                                                                                                                   : 0U;
    }
    CHECK(accepted == 0);

    std::string bad = good;
    bad.back() = static_cast<char>(bad.back() ^ 1);
    scratch.file("a.safetensors", bad);
    CHECK(lacks(message_of<fxp::DataError>([&] { fxp::read_safetensors(path); }),
                {path.string() + ": damaged: SHA-256 of its data is ", ", its header says "}) == "");
    CHECK(lacks(message(good + "x"), {"some.safetensors", "damaged"}) == "");
}

TEST_CASE("safetensors: files of other programs are read without digests", "[io]") {
    const Scratch scratch;
    const auto path =
        scratch.file("a.safetensors", raw("{\"b\":{\"shape\":[1],\"data_offsets\":[2,4],\"dtype\":\"I16\"},\"a\":{"
                                          "\"dtype\":\"U8\",\"shape\":[2,1],\"data_offsets\":[0,2]}}   ",
                                          std::string("\1\2\3\0", 4)));
    const fxp::Safetensors content = fxp::read_safetensors(path);
    REQUIRE(content.tensors.size() == 2);
    CHECK(content.tensors[0].name == "b");
    CHECK(content.tensors[1].bytes == std::vector<std::byte>{std::byte{1}, std::byte{2}});
    CHECK(content.metadata.empty());
}

TEST_CASE("safetensors: every error names the file, the finding and what was expected", "[io]") {
    const std::string name = "some.safetensors: ";
    const auto tensor = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
        return "{\"a\":{\"dtype\":" + dtype + ",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
    };
    CHECK(lacks(message("1234567"), {name, "7 bytes", "expected a safetensors file"}) == "");
    CHECK(lacks(message(raw("{}").substr(0, 9)), {name, "header size is 2", "at most the 1 bytes"}) == "");
    CHECK(lacks(message(std::string(7, '\0') + "\x10" + std::string(32, ' ')),
                {name, "header size is 1152921504606846976", "at most the 32 bytes"}) == "");
    for (const char* header : {"", "{", "[]", "nonsense", "{\"a\":\"\xff\"}", "{\"a\":NaN}"}) {
        CHECK(lacks(message(raw(header)), {name, "not a JSON object"}) == "");
    }
    CHECK(lacks(message(raw("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}")), {name, "a key twice"}) == "");
    CHECK(lacks(message(raw("{\"__metadata__\":{\"a\":1}}")), {name, "__metadata__", "expected strings"}) == "");
    CHECK(lacks(message(raw("{\"__metadata__\":[]}")), {name, "__metadata__", "not a JSON object"}) == "");
    CHECK(lacks(message(raw("{\"__metadata__\":{\"data_sha256\":\"\"}}")), {name, "only one of", "both"}) == "");
    CHECK(lacks(message(raw("{\"__metadata__\":{\"data_sha256\":\"\",\"header_sha256\":\"\\n\"}}")),
                {name, "SHA-256 of its header is", "no SHA-256"}) == "");
    CHECK(lacks(message(raw("{\"a\":1}")), {name, "tensor \"a\"", "not described by dtype"}) == "");
    CHECK(lacks(message(raw("{\"\\n\":1}")), {name, "tensor \"\\n\"", "not described by dtype"}) == "");
    CHECK(lacks(message(raw(tensor("\"I8\"", "[1]", "[0,1,2]"), "x")), {name, "two data_offsets"}) == "");
    CHECK(lacks(message(raw(tensor("\"BF16\"", "[1]", "[0,2]"), "xy")), {name, "dtype \"BF16\"", "expected I8"}) == "");
    CHECK(lacks(message(raw(tensor("\"I8\"", "[1.5]", "[0,1]"), "x")), {name, "tensor \"a\"", "not an integer"}) == "");
    CHECK(lacks(message(raw(tensor("\"I8\"", "[1]", "[-1,0]"), "x")), {name, "tensor \"a\"", "not an integer"}) == "");
    for (const char* offsets : {"[0,3]", "[3,0]", "[2,4]", "[0,1]", "[18446744073709551614,0]"}) {
        CHECK(lacks(message(raw(tensor("\"I8\"", "[2]", offsets), "xyz")),
                    {name, std::string("data_offsets ") + offsets, "expected 2 bytes", "3 bytes of data"}) == "");
    }
    CHECK(lacks(message(raw(tensor("\"I64\"", "[4294967296,4294967296]", "[0,0]"))),
                {name, "data_offsets [0,0]", "expected 18446744073709551615 bytes"}) == "");
    CHECK(lacks(message(raw(tensor("\"I8\"", "[1]", "[1,2]"), "xy")), {name, "starts at byte 1", "expected 0"}) == "");
    CHECK(lacks(message(raw(tensor("\"I8\"", "[1]", "[0,1]"), "xy")), {name, "2 bytes of data", "expected 1"}) == "");
    CHECK(lacks(message(raw("{\"a\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[0,2]},\"b\":{\"dtype\":\"I8\","
                            "\"shape\":[2],\"data_offsets\":[1,3]}}",
                            "xyz")),
                {name, "starts at byte 1", "expected 2"}) == "");
    CHECK(lacks(message(raw("{\"a\":" + std::string(100'000, '[') + "}")), {name, "not a JSON object"}) == "");
    CHECK(lacks(message_of<fxp::DataError>([] { fxp::read_safetensors("/absent/a"); }),
                {"cannot read /absent/a", "No such file"}) == "");
}

TEST_CASE("safetensors: headers that claim more than there is are refused", "[io]") {
    const std::string claim =
        R"({"a":{"dtype":"I8","shape":[1152921504606846976],"data_offsets":[0,1152921504606846976]}})";
    CHECK(lacks(message(raw(claim)), {"expected 1152921504606846976 bytes", "within the 0 bytes of data"}) == "");
    const std::string header_beyond_end = std::string(7, '\0') + "\x10" + std::string(32, ' ');
    REQUIRE(header_beyond_end.size() == 40);
    CHECK(lacks(message(header_beyond_end), {"header size is 1152921504606846976", "at most the 32 bytes"}) == "");
}

TEST_CASE("safetensors: a header of many or long names is refused soon, in a short line", "[io]") {
    CHECK(message(raw("{\"" + std::string(100'000, 'a') + "\":1}")).size() < 300);
    std::string header = "{\"first\":0";
    for (int i = 0; i < 200'000; ++i) header += ",\"" + std::to_string(i) + "\":0";
    const auto begin = std::chrono::steady_clock::now();
    CHECK(lacks(message(raw(header + "}")), {"tensor \"first\" is not described"}) == "");
    // The square of their number would take a minute.
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
}

TEST_CASE("safetensors: impossible and refused writes", "[io]") {
    fxp::Safetensors content = sample();
    content.tensors[1].name = "tiny";
    CHECK(lacks(refusal(content), {"out.safetensors", "'tiny'", "expected unique names"}) == "");
    content.tensors[1].name = "__metadata__";
    CHECK(lacks(refusal(content), {"'__metadata__'", "expected unique names"}) == "");
    content = sample();
    content.tensors[0].dtype = "Q8";
    CHECK(lacks(refusal(content), {"'tiny'", "'Q8'", "expected I8"}) == "");
    content = sample();
    content.tensors[1].shape = {2, 3};
    CHECK(lacks(refusal(content), {"'lstm.weight'", "16 bytes", "expected 24"}) == "");
    content = sample();
    content.metadata["bad"] = "\xff";
    CHECK(lacks(refusal(content), {"not UTF-8"}) == "");
    CHECK(lacks(message_of<fxp::DataError>([] { fxp::write_safetensors("/absent/a", sample()); }),
                {"cannot write /absent/a", "No such file"}) == "");
}

} // namespace safetensors_test
