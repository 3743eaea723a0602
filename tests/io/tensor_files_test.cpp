#include "support/catch.hpp"
#include "support/scratch.hpp"

#include <fxp/io/tensor_files.hpp>
#include <fxp/tensor/dynamic_tensor.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tensor_files_test {

using fxp::DynamicTensor;
using fxp::Format;
using fxp::FxpTensor;
using fxp::Range;
using fxp::Shape;
using fxp_test::lacks;
using fxp_test::message_of;
using fxp_test::Scratch;

namespace {

using Symmetric = FxpTensor<4, 4>;
using Full = FxpTensor<4, 4, Range::full>;

template <class Tensor>
fxp::Safetensors file_of(const Tensor& tensor) {
    fxp::Safetensors file;
    fxp::add_tensor(file, "w", "weight", tensor);
    return file;
}

using Tensor = fxp::FxpTensor<3, 4>; // 7 bits of a byte

/// What take_tensor says of a tensor "w" of (2, 1) in a file with this metadata of its format.
std::string refusal(const fxp::SafetensorsEntry& entry, const std::string& format) {
    fxp::Safetensors file;
    file.tensors.push_back(entry);
    file.metadata["format.w"] = format;
    Tensor tensor(fxp::Shape{2, 1});
    return message_of<fxp::DataError>([&] { fxp::take_tensor(file, "file", "w", tensor); });
}

} // namespace

TEST_CASE("a file says a tensor's range where it is full, and gives the lowest number back", "[io]") {
    const auto full = Full::from_raw({3}, std::vector<std::int8_t>{-128, 0, 127});
    const fxp::Safetensors file = file_of(full);
    CHECK(file.metadata.at("format.w") == "4.4:full");
    CHECK(file_of(Symmetric(Shape{3})).metadata.at("format.w") == "4.4");
    Full back(Shape{3});
    fxp::take_tensor(file, "f", "w", back);
    CHECK((back == full));
    DynamicTensor<std::int16_t> words(Shape{2}, {2, 6, Range::full});
    CHECK(file_of(words).metadata.at("format.w") == "2.6:full");
}

TEST_CASE("a tensor of another range is another format", "[io]") {
    const fxp::Safetensors symmetric = file_of(Symmetric(Shape{2})); // as in files from before there was another range
    const fxp::Safetensors full = file_of(Full(Shape{2}));
    CHECK(message_of<fxp::DataError>([&] {
              Full w(Shape{2});
              fxp::take_tensor(symmetric, "f", "w", w);
          }) == "f: tensor 'w': format 4.4 stored as I8, expected 4.4:full stored as I8");
    CHECK(message_of<fxp::DataError>([&] {
              Symmetric w(Shape{2});
              fxp::take_tensor(full, "f", "w", w);
          }) == "f: tensor 'w': format 4.4:full stored as I8, expected 4.4 stored as I8");
}

TEST_CASE("raw values outside the range are refused, those at its ends are not", "[io]") {
    const Scratch scratch;
    const auto path = scratch.folder() / "w.npy";
    fxp::save_npy(path, Full::from_raw({2}, std::vector<std::int8_t>{-128, 127}));
    Full full(Shape{2});
    fxp::load_npy(path, full);
    CHECK(full.data()[0] == -128);
    Symmetric symmetric(Shape{2});
    CHECK(message_of<fxp::DataError>([&] { fxp::load_npy(path, symmetric); }) ==
          path.string() + ": raw value -128, expected -127 to 127 for format 4.4");
    DynamicTensor<std::int16_t> six(Shape{1}, {2, 4, Range::full});
    DynamicTensor<std::int16_t> wide(Shape{1}, {10, 0});
    wide.data()[0] = -33;
    fxp::save_npy(path, wide);
    CHECK(message_of<fxp::DataError>([&] { fxp::load_npy(path, six); }) ==
          path.string() + ": raw value -33, expected -32 to 31 for format 2.4:full");
}

TEST_CASE("a tensor is what it was", "[io]") {
    const Scratch scratch;
    const auto tensor = Tensor::from_raw({2, 1}, std::vector<std::int8_t>{-63, 5});
    fxp::Safetensors file;
    fxp::add_tensor(file, "w", "weight", tensor);
    CHECK(file.metadata.at("format.w") == "3.4");
    Tensor back(fxp::Shape{2, 1});
    fxp::take_tensor(file, "file", "w", back);
    CHECK(back == tensor);
    fxp::save_npy(scratch.folder() / "w.npy", tensor);
    Tensor loaded(fxp::Shape{2, 1});
    fxp::load_npy(scratch.folder() / "w.npy", loaded);
    CHECK(loaded == tensor);
}

TEST_CASE("every refusal is one short line that names the tensor", "[io]") {
    const std::vector<std::byte> bytes{std::byte{64}, std::byte{1}};
    CHECK(lacks(refusal({"v", "I8", {2, 1}, bytes}, "3.4"), {"file: no tensor 'w'"}) == "");
    CHECK(lacks(refusal({"w", "I8", {2, 1}, bytes}, "3\n4\x1b"),
                {"file: tensor 'w': format 3?4? stored as I8, expected 3.4 stored as I8"}) == "");
    CHECK(refusal({"w", "I8", {2, 1}, bytes}, std::string(100'000, '3')).size() < 150);
    CHECK(lacks(refusal({"w", "U8", {2, 1}, bytes}, "3.4"), {"stored as U8, expected 3.4 stored as I8"}) == "");
    CHECK(lacks(refusal({"w", "I8", {1, 2}, bytes}, "3.4"), {"shape (1, 2), expected (2, 1)"}) == "");
    CHECK(refusal({"w", "I8", std::vector<std::size_t>(10'000, 1), bytes}, "3.4").size() < 150);
    CHECK(lacks(refusal({"w", "I8", {2, 1}, bytes}, "3.4"), {"raw value 64, expected -63 to 63"}) == "");
}

} // namespace tensor_files_test
