#include "text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace fxp::approximate {
namespace {

std::optional<int> parse_exponent(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && std::abs(value) <= 1000 ? std::optional(value) : std::nullopt;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

} // namespace

std::string real_text(double value, int digits) {
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.*g", digits, value);
    return buffer.data();
}

std::string fixed_text(std::int64_t raw, int frac_bits) {
    std::array<char, 64> buffer{};
    const double value = std::ldexp(static_cast<double>(raw), -frac_bits);
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    static_cast<void>(error);
    return {buffer.data(), end};
}

std::string counted(std::int64_t count, const std::string& noun) {
    return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

std::string steps_text(double steps, int frac_bits) {
    const std::string number = real_text(steps);
    return number + (number == "1" ? " step of 2^-" : " steps of 2^-") + std::to_string(frac_bits);
}

bool has_control(std::string_view text) { return std::any_of(text.begin(), text.end(), is_control); }

std::string printable(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (const char c : text) {
        if (is_control(c)) {
            const auto code = static_cast<unsigned char>(c);
            result += "\\x";
            result += digits[code / 16];
            result += digits[code % 16];
        } else {
            result += c;
        }
    }
    return result;
}

std::optional<TypedNumber> parse_number(const std::string& text) {
    std::string factor = text;
    int exponent = 0;
    const std::size_t power = text.find("2^");
    if (power != std::string::npos && (power == 0 || text[power - 1] == '*' || text.substr(0, power) == "-")) {
        const std::optional<int> parsed = parse_exponent(std::string_view(text).substr(power + 2));
        if (!parsed) return std::nullopt;
        exponent = *parsed;
        factor = power == 0 ? "1" : text[power - 1] == '*' ? text.substr(0, power - 1) : "-1";
    }
    if (factor.empty() || factor.find_first_not_of("0123456789.-+eE") != std::string::npos) return std::nullopt;
    TypedNumber number;
    char* end = nullptr;
    number.exact = mpfr_strtofr(number.value.raw(), factor.c_str(), &end, 10, MPFR_RNDD) == 0;
    if (*end != '\0') return std::nullopt;
    mpfr_mul_2si(number.value.raw(), number.value.raw(), exponent, MPFR_RNDD);
    return number;
}

std::string shell_word(const std::string& text) {
    const char* const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./^@%";
    if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

} // namespace fxp::approximate
