// The reader of .npy files: what it accepts is of one type, reads back the same after it was written, and fills a
// tensor or is refused by it.
#include "fuzz/fuzz.hpp"

#include <fxp/io/tensor_files.hpp>
#include <fxp/tensor/fxp_tensor.hpp>

namespace {

/// Writes and reads again; whether the array holds T.
template <class T>
bool check_type(const fxp::NpyArray& array) {
    const auto values = fuzz::accepted([&] { return array.as<T>(); });
    if (!values) return false;
    const auto path = fuzz::scratch().folder() / "again.npy";
    const auto written = fuzz::accepted([&] {
        fxp::write_npy<T>(path, array.shape, *values);
        return true;
    });
    if (!written) return true; // a header beyond version 1.0
    const fxp::NpyArray again = fxp::read_npy(path);
    fuzz::require(again.dtype == array.dtype && again.shape == array.shape && again.bytes == array.bytes,
                  "what is written reads differently");
    return true;
}

template <class Tensor>
void check_tensor(const std::filesystem::path& path, const fxp::Shape& shape) {
    Tensor tensor(shape);
    const auto loaded = fuzz::accepted([&] {
        fxp::load_npy(path, tensor);
        return true;
    });
    if (!loaded) return;
    for (const auto raw : tensor.elements()) {
        fuzz::require(raw >= -Tensor::format.max_raw() && raw <= Tensor::format.max_raw(), "a value beyond its format");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto path = fuzz::scratch().file("array.npy", fuzz::text_of(data, size));
    const auto array = fuzz::accepted([&] { return fxp::read_npy(path); });
    if (!array) return 0;
    const int types = check_type<std::int8_t>(*array) + check_type<std::int16_t>(*array) +
                      check_type<std::int32_t>(*array) + check_type<std::int64_t>(*array) + check_type<float>(*array) +
                      check_type<double>(*array);
    fuzz::require(types == 1, "an array of " + std::to_string(types) + " types");
    check_tensor<fxp::FxpTensor<3, 4>>(path, {2, 3});
    check_tensor<fxp::FxpTensor<4, 12>>(path, {3});
    return 0;
}
