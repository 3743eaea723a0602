#include "fxp/io/tensor_files.hpp"

#include "support/catch.hpp"
#include "support/scratch.hpp"

#include <fxp/tensor/fxp_tensor.hpp>

#include <cstdint>
#include <vector>

using fxp_test::lacks;
using fxp_test::message_of;
using fxp_test::Scratch;

namespace {

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

TEST_CASE("tensor_files: a tensor is what it was", "[io]") {
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

TEST_CASE("tensor_files: every refusal is one short line that names the tensor", "[io]") {
    const std::vector<std::byte> bytes{std::byte{64}, std::byte{1}};
    CHECK(lacks(refusal({"v", "I8", {2, 1}, bytes}, "3.4"), {"file: no tensor 'w'"}) == "");
    CHECK(lacks(refusal({"w", "I8", {2, 1}, bytes}, "3\n4\x1b"),
                {"file: tensor 'w': format 3?4? stored as I8, expected 3.4 stored as I8"}) == "");
    CHECK(refusal({"w", "I8", {2, 1}, bytes}, std::string(100'000, '3')).size() < 150);
    CHECK(lacks(refusal({"w", "U8", {2, 1}, bytes}, "3.4"), {"stored as U8, expected 3.4 stored as I8"}) == "");
    CHECK(lacks(refusal({"w", "I8", {1, 2}, bytes}, "3.4"), {"shape (1, 2), expected (2, 1)"}) == "");
    CHECK(refusal({"w", "I8", std::vector<std::size_t>(10'000, 1), bytes}, "3.4").size() < 150);
    CHECK(lacks(refusal({"w", "I8", {2, 1}, bytes}, "3.4"), {"raw value 64, expected a magnitude of at most 63"}) ==
          "");
}
