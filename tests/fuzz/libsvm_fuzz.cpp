// The reader of LIBSVM text, in the layout of USPS10 and in a small one of a wide range. What it accepts is in the
// layout's range, and reads back from text of its own.
#include "fuzz/fuzz.hpp"

#include <fxp/data/libsvm.hpp>

namespace {

constexpr fxp::LibsvmLayout small{2, 3, 4, -1, -1e300, 0.5};

std::string text_of(const fxp::Dataset& data, const fxp::LibsvmLayout& layout) {
    std::string text;
    for (std::size_t i = 0; i < data.size(); ++i) {
        text += std::to_string(data.labels[i] + layout.label_offset);
        for (std::size_t k = 0; k < data.features(); ++k) {
            const double pixel = data.pixels[i * data.features() + k];
            if (pixel != 0) text += " " + std::to_string(k + 1) + ":" + fxp::detail::shortest(pixel);
        }
        text += '\n';
    }
    return text;
}

void check(std::string_view text, const fxp::LibsvmLayout& layout) {
    const auto path = fuzz::scratch().file("data", text);
    const auto data = fuzz::accepted([&] { return fxp::read_libsvm(path, layout); });
    if (!data) return;
    fxp::validate(*data);
    fuzz::require(data->size() > 0, "a data set without samples");
    for (const double pixel : data->pixels) {
        fuzz::require(pixel >= layout.minimum && pixel <= layout.maximum, "a pixel beyond its range");
    }
    const fxp::Dataset again = fxp::read_libsvm(fuzz::scratch().file("data", text_of(*data, layout)), layout);
    fuzz::require(again.labels == data->labels && again.pixels == data->pixels, "what is written reads differently");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check(fuzz::text_of(data, size), {});
    check(fuzz::text_of(data, size), small);
    return 0;
}
