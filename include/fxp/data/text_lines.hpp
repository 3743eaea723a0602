// Whole files in memory, and their text line by line, for the readers of this folder.
// Format: lines end in LF or CRLF; blanks (space, tab) at a line's end do not count; empty lines at the end of the file
// are skipped, an empty line anywhere else is an error. Messages are one printable line: "<file>:<line>: <what>".
// Errors: DataError for a file that is missing, unreadable, empty, or still compressed (gzip, bzip2).
#pragma once

#include "fxp/tensor/error.hpp"

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace fxp::detail {

/// The bytes of a file that holds at least one and is not compressed. Throws DataError naming file and reason.
inline std::string read_data_file(const std::filesystem::path& path) {
    const auto close = [](std::FILE* file) { std::fclose(file); };
    const auto fail = [&path] {
        throw DataError("cannot read " + path.string() + ": " + std::generic_category().message(errno));
    };
    const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rb"), close);
    if (!file) fail();
    std::string bytes;
    std::error_code no_size;
    const auto expected_size = std::filesystem::file_size(path, no_size);
    bytes.resize(no_size ? 65536 : static_cast<std::size_t>(expected_size) + 1);
    std::size_t used = 0;
    while (const std::size_t got = std::fread(bytes.data() + used, 1, bytes.size() - used, file.get())) {
        used += got;
        if (used == bytes.size()) bytes.resize(2 * used);
    }
    if (std::ferror(file.get()) != 0) fail();
    bytes.resize(used);

    if (bytes.empty()) throw DataError(path.string() + ": the file is empty, expected data");
    if (bytes.starts_with("\x1f\x8b")) {
        throw DataError(path.string() + ": the file is compressed by gzip, expected plain data: gunzip it first");
    }
    if (bytes.starts_with("BZh")) {
        throw DataError(path.string() + ": the file is compressed by bzip2, expected plain data: bunzip2 it first");
    }
    return bytes;
}

/// The shortest decimal that reads back as `value`.
inline std::string shortest(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// A text file's lines in order.
class TextLines {
  public:
    /// Reads the whole file. Throws DataError as read_data_file does, and when it holds nothing but blanks.
    explicit TextLines(const std::filesystem::path& path) : path_(path), text_(read_data_file(path)), rest_(text_) {
        rest_ = without_trailing(rest_, " \t\r\n");
        if (rest_.empty()) throw DataError(path_.string() + ": the file holds only blanks, expected data");
    }

    TextLines(const TextLines&) = delete;
    TextLines& operator=(const TextLines&) = delete;

    /// Goes to the next line; false after the last one. Throws DataError for an empty line.
    bool next() {
        if (rest_.empty()) return false;
        const std::size_t end = rest_.find('\n');
        line_ = rest_.substr(0, end);
        rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
        ++number_;
        if (line_.ends_with('\r')) line_.remove_suffix(1);
        line_ = without_trailing(line_, " \t");
        if (line_.empty()) fail("the line is empty, expected a sample");
        return true;
    }

    /// The current line without its end and trailing blanks; valid until this object dies.
    std::string_view line() const { return line_; }

    /// Throws DataError "<file>:<line>: <what>".
    [[noreturn]] void fail(const std::string& what) const {
        throw DataError(path_.string() + ":" + std::to_string(number_) + ": " + what);
    }

  private:
    static std::string_view without_trailing(std::string_view text, const char* unwanted) {
        const std::size_t last = text.find_last_not_of(unwanted);
        return last == text.npos ? std::string_view{} : text.substr(0, last + 1);
    }

    std::filesystem::path path_;
    std::string text_;
    std::string_view rest_;
    std::string_view line_;
    std::size_t number_ = 0;
};

} // namespace fxp::detail
