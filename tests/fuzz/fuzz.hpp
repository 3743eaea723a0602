// What the fuzz targets share. A target is a function of bytes, which defines LLVMFuzzerTestOneInput; what must hold of
// it and does not is a Violation, which no target catches: libFuzzer takes it for a crash, replay.cpp names the input.
#pragma once

#include "support/scratch.hpp"

#include <fxp/tensor/error.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

struct Violation : std::logic_error {
    using std::logic_error::logic_error;
};

inline void require(bool holds, const std::string& what) {
    if (!holds) throw Violation(what);
}

/// Characters of the longest message that is still one clear line.
inline constexpr std::size_t longest_message = 600;

/// What `read` returns; none when it refuses its input as our readers do: by an exception of ours with a message of one
/// printable line, at most longest_message. Any other exception passes.
template <class Read>
std::optional<std::invoke_result_t<Read>> accepted(Read read) {
    try {
        return read();
    } catch (const fxp::Error& error) {
        const std::string wrong = fxp_test::lacks(error.what(), {});
        require(wrong.empty(), wrong);
        for (const char c : std::string_view(error.what())) {
            require(static_cast<unsigned char>(c) <= '~', "a byte beyond ASCII in: " + std::string(error.what()));
        }
        require(std::string_view(error.what()).size() <= longest_message, "a message too long for one clear line");
        return std::nullopt;
    }
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// The folder in which this program's files are; it goes with the program.
inline const fxp_test::Scratch& scratch() {
    static const fxp_test::Scratch instance;
    return instance;
}

/// Small numbers from bytes, one after the other; zeros after their end.
class Numbers {
  public:
    Numbers(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

    bool empty() const { return rest_.empty(); }
    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const std::uint8_t first = rest_.front();
        rest_ = rest_.subspan(1);
        return first;
    }
    std::uint64_t word() {
        std::uint64_t result = 0;
        for (int i = 0; i < 8; ++i) result = result << 8 | byte();
        return result;
    }
    /// In [0, count), for a count of at most 256.
    std::size_t below(std::size_t count) { return byte() % count; }
    /// In [least, most], which are less than 256 apart.
    int between(int least, int most) {
        return least + static_cast<int>(below(static_cast<std::size_t>(most - least + 1)));
    }

  private:
    std::span<const std::uint8_t> rest_;
};

} // namespace fuzz
