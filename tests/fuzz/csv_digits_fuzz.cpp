// The reader of optdigits text: what it accepts is in range, and reads back from text of its own.
#include "fuzz/fuzz.hpp"

#include <fxp/data/csv_digits.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto path = fuzz::scratch().file("digits.csv", fuzz::text_of(data, size));
    const auto read = fuzz::accepted([&] { return fxp::read_csv_digits(path); });
    if (!read) return 0;
    fxp::validate(*read);
    fuzz::require(read->size() > 0, "a data set without samples");
    std::string text;
    for (std::size_t i = 0; i < read->size(); ++i) {
        for (std::size_t k = 0; k < read->features(); ++k) {
            const double pixel = read->pixels[i * read->features() + k];
            fuzz::require(pixel >= -1 && pixel <= 1, "a pixel beyond its range");
            text += std::to_string(static_cast<int>((pixel + 1) * 8)) + ",";
        }
        text += std::to_string(read->labels[i]) + "\n";
    }
    const fxp::Dataset again = fxp::read_csv_digits(fuzz::scratch().file("digits.csv", text));
    fuzz::require(again.labels == read->labels && again.pixels == read->pixels, "what is written reads differently");
    return 0;
}
