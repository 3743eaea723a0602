// The reader of data folders. The input is the folder: "--- NAME" on a line of its own begins each file, of the names
// that are looked for. What is accepted is consistent and has samples to train on and to test on.
#include "fuzz/fuzz.hpp"

#include <fxp/data/folder.hpp>

#include <algorithm>
#include <array>

namespace {

constexpr std::array<std::string_view, 7> names{"usps",
                                                "usps.t",
                                                "digits.csv",
                                                "train-images-idx3-ubyte",
                                                "train-labels-idx1-ubyte",
                                                "t10k-images-idx3-ubyte",
                                                "t10k-labels-idx1-ubyte"};

void unpack(std::string_view rest) {
    constexpr std::string_view mark = "--- ";
    for (const std::string_view name : names) std::filesystem::remove(fuzz::scratch().folder() / name);
    while (rest.starts_with(mark)) {
        rest.remove_prefix(mark.size());
        const std::size_t line = std::min(rest.find('\n'), rest.size());
        const std::string_view name = rest.substr(0, line);
        rest.remove_prefix(std::min(line + 1, rest.size()));
        const std::size_t end = std::min(rest.find(mark), rest.size());
        if (std::find(names.begin(), names.end(), name) != names.end()) {
            fuzz::scratch().file(std::string(name), rest.substr(0, end));
        }
        rest.remove_prefix(end);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    unpack(fuzz::text_of(data, size));
    const auto read = fuzz::accepted([] { return fxp::read_folder(fuzz::scratch().folder()); });
    if (!read) return 0;
    for (const fxp::Dataset* part : {&read->train, &read->test}) {
        fxp::validate(*part);
        fuzz::require(part->size() > 0, "a part without samples");
    }
    fuzz::require(read->train.features() == read->test.features(), "parts of different sizes");
    return 0;
}
