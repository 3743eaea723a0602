// What the flags of our programs accept.
#pragma once

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace usps10 {

/// The shortest decimal that reads back as `value`.
template <class T>
std::string decimal(T value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// Accepts a decimal number from `least` to `most`. (The checks of CLI11 take NaN, its conversions octal and overflow.)
template <class T>
CLI::Validator between(T least, T most) {
    const std::string range = "from " + decimal(least) + " to " + decimal(most);
    return {[=](std::string& input) -> std::string {
                T value{};
                const char* const end = input.data() + input.size();
                const auto [rest, error] = std::from_chars(input.data(), end, value);
                if (error != std::errc() || rest != end || !(value >= least && value <= most)) {
                    return "'" + input + "', expected " + (std::is_integral_v<T> ? "an integer " : "a number ") + range;
                }
                input = decimal(value);
                return "";
            },
            range};
}

/// Accepts one of the names.
inline CLI::Validator one_of(std::span<const std::string_view> names) {
    std::string expected;
    for (std::size_t k = 0; k < names.size(); ++k) {
        expected += (k == 0 ? "" : k + 1 < names.size() ? ", " : " or ") + std::string(names[k]);
    }
    return {[=](std::string& input) -> std::string {
                if (std::find(names.begin(), names.end(), input) != names.end()) return "";
                return "'" + input + "', expected " + expected;
            },
            ""};
}

} // namespace usps10
