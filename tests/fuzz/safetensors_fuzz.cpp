// The reader of safetensors files: what it accepts reads back the same after it was written, twice the same bytes; its
// tensors fill a tensor of ours or are refused.
#include "fuzz/fuzz.hpp"

#include <fxp/io/tensor_files.hpp>
#include <fxp/tensor/fxp_tensor.hpp>

namespace {

template <class Tensor>
void check_tensor(const fxp::Safetensors& file, const std::string& name) {
    Tensor tensor(fxp::Shape{2, 3});
    fuzz::accepted([&] {
        fxp::take_tensor(file, "file", name, tensor);
        return true;
    });
}

void check_written(const fxp::Safetensors& content) {
    const auto path = fuzz::scratch().folder() / "again.safetensors";
    fxp::write_safetensors(path, content);
    const std::string bytes = fxp::read_file(path);
    const fxp::Safetensors again = fxp::read_safetensors(path);
    fuzz::require(again.tensors.size() == content.tensors.size(), "another number of tensors");
    for (std::size_t i = 0; i < content.tensors.size(); ++i) {
        const auto& [name, dtype, shape, values] = content.tensors[i];
        const fxp::SafetensorsEntry& read = again.tensors[i];
        fuzz::require(read.name == name && read.dtype == dtype && read.shape == shape && read.bytes == values,
                      "a tensor that is written reads differently");
    }
    for (const auto& [key, value] : content.metadata) {
        const bool is_digest = key == "data_sha256" || key == "header_sha256";
        fuzz::require(is_digest || again.metadata.at(key) == value, "metadata that is written reads differently");
    }
    fxp::write_safetensors(path, again);
    fuzz::require(fxp::read_file(path) == bytes, "written again, the bytes differ");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto path = fuzz::scratch().file("file.safetensors", fuzz::text_of(data, size));
    const auto content = fuzz::accepted([&] { return fxp::read_safetensors(path); });
    if (!content) return 0;
    check_written(*content);
    for (const std::string name : {"a", "weight"}) {
        check_tensor<fxp::FxpTensor<4, 4>>(*content, name);
        check_tensor<fxp::FxpTensor<3, 12>>(*content, name);
    }
    return 0;
}
