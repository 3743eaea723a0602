#include "text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace fxp::compare {
namespace {

constexpr std::size_t column_gap = 2;

bool is_valid_utf8(std::string_view text) {
    try {
        (void)nlohmann::json(std::string(text)).dump();
        return true;
    } catch (const nlohmann::json::type_error&) {
        return false;
    }
}

void trim_right(std::string& line) {
    const std::size_t last = line.find_last_not_of(' ');
    line.erase(last == std::string::npos ? 0 : last + 1);
}

} // namespace

std::string number(const char* pattern, double value) {
    if (std::isnan(value)) return "nan";
    std::array<char, 64> buffer{};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    std::snprintf(buffer.data(), buffer.size(), pattern, value);
#pragma GCC diagnostic pop
    return buffer.data();
}

std::string duration(double seconds) {
    if (!(seconds >= 0) || !std::isfinite(seconds)) return "-";
    if (seconds < 60) return number("%.1f s", seconds);
    const long long whole = std::llround(seconds);
    const auto two_digits = [](long long v) { return (v < 10 ? "0" : "") + std::to_string(v); };
    if (whole < 3600) return std::to_string(whole / 60) + " min " + two_digits(whole % 60) + " s";
    return std::to_string(whole / 3600) + " h " + two_digits(whole % 3600 / 60) + " min";
}

std::string printable(std::string_view text) {
    const bool utf8 = is_valid_utf8(text);
    std::string clean(text);
    for (char& c : clean) {
        const auto byte = static_cast<unsigned char>(c);
        const bool unsafe = byte < 0x20 || byte == 0x7f || c == '\'' || c == '"' || c == '`' || c == '\\';
        if (unsafe || (byte > 0x7f && !utf8)) c = '?';
    }
    return clean;
}

std::size_t display_width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string shortened(const std::string& text, std::size_t width) {
    const bool ascii = text.size() == display_width(text);
    return ascii && text.size() > width ? text.substr(0, width - 2) + ".." : text;
}

std::string padded(std::string_view text, std::size_t width, bool right) {
    const std::size_t own = display_width(text);
    const std::string fill(width > own ? width - own : 0, ' ');
    return right ? fill + std::string(text) : std::string(text) + fill;
}

std::vector<std::string> TextTable::lines() const {
    std::vector<std::size_t> widths(alignment_.size(), 0);
    const auto is_rule = [](const std::vector<std::string>& row) { return row.size() == 1 && row[0] == "-"; };
    for (const auto& row : rows_) {
        if (is_rule(row)) continue;
        for (std::size_t c = 0; c < row.size() && c < widths.size(); ++c)
            widths[c] = std::max(widths[c], display_width(row[c]));
    }
    std::size_t total = 0;
    for (const std::size_t width : widths) total += width + column_gap;
    std::vector<std::string> result;
    for (const auto& row : rows_) {
        std::string line;
        if (is_rule(row)) {
            line.assign(total > column_gap ? total - column_gap : 0, '-');
        } else {
            for (std::size_t c = 0; c < row.size() && c < widths.size(); ++c) {
                if (c > 0) line.append(column_gap, ' ');
                line += padded(row[c], widths[c], alignment_[c] == 'r');
            }
            trim_right(line);
        }
        result.push_back(std::move(line));
    }
    return result;
}

std::vector<std::string> side_by_side(const std::vector<std::string>& left, const std::vector<std::string>& right,
                                      std::size_t width) {
    constexpr std::size_t gap = 4;
    std::size_t left_width = 0;
    std::size_t right_width = 0;
    for (const std::string& line : left) left_width = std::max(left_width, display_width(line));
    for (const std::string& line : right) right_width = std::max(right_width, display_width(line));
    std::vector<std::string> result;
    if (left_width + gap + right_width > width) {
        result = left;
        result.emplace_back();
        result.insert(result.end(), right.begin(), right.end());
        return result;
    }
    for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
        std::string line = padded(i < left.size() ? left[i] : "", left_width + gap, false);
        if (i < right.size()) line += right[i];
        trim_right(line);
        result.push_back(std::move(line));
    }
    return result;
}

} // namespace fxp::compare
