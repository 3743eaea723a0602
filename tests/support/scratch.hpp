// A folder of its own for each test that needs files, removed with all it holds at the end of the test; and what a test
// needs to look at the message of an exception.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <random>
#include <string>
#include <string_view>

namespace fxp_test {

class Scratch {
  public:
    Scratch() {
        std::random_device random;
        do {
            const std::string name = "fxp-test-" + std::to_string(random()) + "-" + std::to_string(random());
            folder_ = std::filesystem::temp_directory_path() / name;
        } while (!std::filesystem::create_directory(folder_));
    }

    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    const std::filesystem::path& folder() const { return folder_; }

    /// Writes a file below the folder and returns its path.
    std::filesystem::path file(const std::string& name, std::string_view content) const {
        const std::filesystem::path path = folder_ / name;
        std::ofstream(path, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
        return path;
    }

    /// Number of entries of the folder.
    std::size_t count() const {
        std::size_t entries = 0;
        for (auto i = std::filesystem::directory_iterator(folder_); i != std::filesystem::directory_iterator(); ++i) {
            ++entries;
        }
        return entries;
    }

  private:
    std::filesystem::path folder_;
};

/// The message of the exception E that `action` throws; "no exception" if it throws none. Others pass through.
template <class E, class Action>
std::string message_of(Action action) {
    try {
        action();
    } catch (const E& error) {
        return error.what();
    }
    return "no exception";
}

/// Empty if `message` is one printable line with all `parts`, else what is wrong with it.
inline std::string lacks(const std::string& message, std::initializer_list<std::string> parts) {
    for (const char c : message) {
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') return "unprintable character in: " + message;
    }
    for (const std::string& part : parts) {
        if (message.find(part) == std::string::npos) return "'" + part + "' is not in: " + message;
    }
    return "";
}

} // namespace fxp_test
