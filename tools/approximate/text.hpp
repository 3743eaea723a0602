// Numbers as text and text as numbers.
#pragma once

#include "wide_real.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fxp::approximate {

/// A short decimal of a real, such as 0.0625 or 1.5e-12.
std::string real_text(double value, int digits = 6);

/// raw * 2^-frac_bits as the shortest decimal that a double distinguishes.
std::string fixed_text(std::int64_t raw, int frac_bits);

/// "1 step", "2 steps".
std::string counted(std::int64_t count, const std::string& noun);

/// "1 step of 2^-20", "0.75 steps of 2^-20".
std::string steps_text(double steps, int frac_bits);

/// Whether a text has control characters, which may end a line or steer a terminal.
bool has_control(std::string_view text);

/// The text with its control characters as \xNN.
std::string printable(std::string_view text);

/// A number as typed: a decimal ("2.5", "1e-3"), a power of two ("2^-12") or their product ("1.5*2^-38").
struct TypedNumber {
    WideReal value; ///< rounded down where 1024 bits are not enough
    bool exact = false;
};
/// Nothing when the text is no such number.
std::optional<TypedNumber> parse_number(const std::string& text);

/// The text as one word of a shell, in quotes if it needs them.
std::string shell_word(const std::string& text);

} // namespace fxp::approximate
