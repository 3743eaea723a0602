// Without libFuzzer: runs a target once on each of the files and on all files of the folders that the command line
// names. Exit code 1 with one line on stderr for the first input that violates something, and when there is none.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<std::filesystem::path> inputs(int argc, char** argv) {
    std::vector<std::filesystem::path> files;
    for (int i = 1; i < argc; ++i) {
        const std::filesystem::path path(argv[i]);
        if (std::filesystem::is_directory(path)) {
            for (const auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path());
        } else {
            files.push_back(path);
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<std::uint8_t> content(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream || std::filesystem::is_directory(file)) throw std::runtime_error("cannot be read");
    return {std::istreambuf_iterator<char>(stream), {}};
}

} // namespace

int main(int argc, char** argv) {
    const auto files = inputs(argc, argv);
    for (const auto& file : files) {
        try {
            // A copy of exactly that size, so that a sanitizer sees what is read beyond it.
            const std::vector<std::uint8_t> bytes = content(file);
            static_cast<void>(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()));
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s: %s\n", file.c_str(), error.what());
            return 1;
        }
    }
    if (files.empty()) {
        std::fprintf(stderr, "%s: no inputs, expected files, or folders of files\n", argv[0]);
        return 1;
    }
    std::printf("%zu inputs\n", files.size());
    return 0;
}
