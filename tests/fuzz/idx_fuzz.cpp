// The reader of IDX files: images, and labels from the last magic number of labels on. What it accepts tells every byte
// of both files.
#include "fuzz/fuzz.hpp"

#include <fxp/data/idx.hpp>

#include <algorithm>

namespace {

std::string big_endian(std::size_t value) {
    std::string bytes;
    for (unsigned i = 4; i-- > 0;) bytes += static_cast<char>(value >> (8 * i) & 255U);
    return bytes;
}

void check(std::string_view images, std::string_view labels, std::size_t classes) {
    const auto images_path = fuzz::scratch().file("images", images);
    const auto labels_path = fuzz::scratch().file("labels", labels);
    const auto data = fuzz::accepted([&] { return fxp::read_idx(images_path, labels_path, classes); });
    if (!data) return;
    fxp::validate(*data);
    std::string told =
        big_endian(0x803) + big_endian(data->size()) + big_endian(data->height) + big_endian(data->width);
    for (const double pixel : data->pixels) told += static_cast<char>(static_cast<int>(pixel * 255 + 0.5));
    fuzz::require(told == images, "the images are other than in their file");
    told = big_endian(0x801) + big_endian(data->size());
    for (const int label : data->labels) told += static_cast<char>(label);
    fuzz::require(told == labels, "the labels are other than in their file");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = fuzz::text_of(data, size);
    const std::size_t labels = std::min(input.rfind(std::string_view("\0\0\x08\x01", 4)), size);
    for (const std::size_t classes : {std::size_t{10}, std::size_t{256}})
        check(input.substr(0, labels), input.substr(labels), classes);
    return 0;
}
