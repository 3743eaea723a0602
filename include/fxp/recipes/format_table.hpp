// FormatTable: the formats and roundings of all roles as values, as a command line or a file gives them.
#pragma once

#include "fxp/core/format.hpp"
#include "fxp/core/rounding.hpp"
#include "fxp/tensor/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace fxp::recipes {

/// The name of a rounding, as in Rounding itself.
inline std::string_view rounding_name(Rounding rounding) {
    constexpr std::array<std::string_view, 6> names{"toward_zero",       "floor",     "nearest_up", "nearest_even",
                                                    "pseudo_stochastic", "stochastic"};
    return names[static_cast<std::size_t>(rounding)];
}

/// A role's format, and how values are rounded to it.
struct RoleFormat {
    Format format;                              ///< valid
    Rounding rounding = Rounding::nearest_even; ///< of what is written in it

    /// "WORD.FRACTION", and after it ":full" where the range is, as in 8.5:full.
    std::string format_text() const {
        return std::to_string(format.word_bits()) + "." + std::to_string(format.frac_bits) +
               (format.range == Range::full ? ":full" : "");
    }
    /// The same and ":ROUNDING", as in 16.12:nearest_even.
    std::string to_string() const { return format_text() + ":" + std::string(rounding_name(rounding)); }
    friend bool operator==(const RoleFormat&, const RoleFormat&) = default;
};

/// One format for each role; what is not said is that of the recipe Q16.
class FormatTable {
  public:
    RoleFormat activation{{4, 12}, Rounding::nearest_even}; ///< inputs, hidden values, results of layers
    RoleFormat logit{{6, 10}, Rounding::nearest_even};      ///< outputs of the last layer
    RoleFormat weight{{4, 12}, Rounding::stochastic};       ///< learnt matrices, rounded after each update
    RoleFormat bias{{4, 12}, Rounding::stochastic};         ///< learnt vectors, rounded after each update
    RoleFormat error{{3, 13}, Rounding::stochastic};        ///< errors flowing back through activations
    RoleFormat loss{{3, 13}, Rounding::stochastic};         ///< errors of logits, which the loss gives
    /// Contributions to gradients of weights and biases. None: wide enough that nothing is rounded.
    std::optional<RoleFormat> gradient;
    RoleFormat moment{{8, 40}, Rounding::nearest_even};        ///< averages of gradients
    RoleFormat second_moment{{8, 56}, Rounding::nearest_even}; ///< averages of squared gradients

    /// The roles' names, as assign() and files take them.
    static constexpr std::array<std::string_view, 9> roles{"activation", "logit",    "weight", "bias",         "error",
                                                           "loss",       "gradient", "moment", "second_moment"};

    /// The format of a gradient: the one chosen, or one that holds every product of an error and an activation exactly.
    RoleFormat gradient_or_exact() const {
        if (gradient) return *gradient;
        const int bits = std::max(error.format.frac_bits, loss.format.frac_bits) + activation.format.frac_bits;
        return {{62 - bits, bits}, Rounding::nearest_even};
    }

    /// Bits of the widest word among activations, logits, weights, biases, errors and losses.
    int widest() const {
        int bits = 0;
        for (const RoleFormat* role : {&activation, &logit, &weight, &bias, &error, &loss}) {
            bits = std::max(bits, role->format.word_bits());
        }
        return bits;
    }

    /// Takes "ROLE=WORD.FRACTION", then ":RANGE" and ":ROUNDING", either, both or none: bits of the whole word and of
    /// its fraction, which may be negative or larger than the word. The range is symmetric without one; without a
    /// rounding the role's stays. Throws ArgumentError for anything else, for words that the role does not have (2 to
    /// 32 bits; gradients and moments 2 to 64), and for a rounding of logits (that of activations holds), biases (that
    /// of weights) and moments (to nearest).
    void assign(std::string_view text) {
        const auto refuse = [&](const std::string& expected) {
            throw ArgumentError("format " + fxp::detail::quoted(text, 64) + ", expected " + expected);
        };
        const std::size_t equals = text.find('=');
        const std::string_view name = text.substr(0, equals);
        const std::optional<RoleFormat> role = find(name);
        if (equals == text.npos || !role) {
            std::string names;
            for (const std::string_view known : roles) names += (names.empty() ? "" : ", ") + std::string(known);
            refuse("ROLE=WORD.FRACTION[:RANGE][:ROUNDING] with a role of " + names);
        }
        const std::string_view value = text.substr(equals + 1);
        const std::string_view numbers = value.substr(0, value.find(':'));
        const std::size_t point = numbers.find('.');
        // A number outside every range where there is none.
        const auto number = [](std::string_view digits) {
            int parsed = 0;
            const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), parsed);
            return code == std::errc() && end == digits.data() + digits.size() ? parsed : 1000;
        };
        const int word = number(numbers.substr(0, point));
        const int fraction = number(point == numbers.npos ? "" : numbers.substr(point + 1));
        const bool wide = name == "gradient" || name == "moment" || name == "second_moment";
        const int most = wide ? 64 : 32;
        if (word < 2 || word > most || fraction < -64 || fraction > 128) {
            refuse("a word of 2 to " + std::to_string(most) + " bits and its fraction bits, as in 16.12");
        }
        RoleFormat chosen{{word - fraction, fraction}, role->rounding};
        bool has_range = false;
        bool has_rounding = false;
        for (std::string_view rest = value.substr(numbers.size()); !rest.empty();) {
            const std::size_t end = std::min(rest.find(':', 1), rest.size());
            const std::string_view said = rest.substr(1, end - 1);
            rest.remove_prefix(end);
            const auto range = range_of(said);
            const auto rounding = rounding_of(said);
            if (rounding && !is_rounded(name)) refuse("no rounding for this role");
            if (range && !has_range) {
                chosen.format.range = *range;
                has_range = true;
            } else if (rounding && !has_rounding) {
                chosen.rounding = *rounding;
                has_rounding = true;
            } else {
                refuse("toward_zero, floor, nearest_up, nearest_even, pseudo_stochastic or stochastic after a colon, "
                       "symmetric or full after a colon, or one of each");
            }
        }
        if (name == "gradient") {
            gradient = chosen;
        } else {
            this->*member_of(name) = chosen;
        }
    }

    /// Whether a role's values are rounded by a rule of their own.
    static constexpr bool is_rounded(std::string_view role) {
        return role != "logit" && role != "bias" && role != "moment" && role != "second_moment";
    }

    /// The format that holds for a role; none for another name.
    std::optional<RoleFormat> find(std::string_view role) const {
        if (role == "gradient") return gradient_or_exact();
        const Member member = member_of(role);
        return member != nullptr ? std::optional(this->*member) : std::nullopt;
    }

    /// Throws ArgumentError for tables that no network can compute with: roles whose formats do not hold what they
    /// must.
    void check() const {
        const auto require = [](bool holds, const char* role, const RoleFormat& found, const char* expected) {
            if (holds) return;
            throw ArgumentError(std::string("format ") + role + "=" + found.to_string() + ", expected " + expected);
        };
        require(activation.format.int_bits >= 2 && activation.format.frac_bits >= 0, "activation", activation,
                "one that holds the number one: at least 2 bits more in the word than in the fraction");
        require(logit.format.frac_bits >= 0, "logit", logit, "0 or more fraction bits");
    }

    friend bool operator==(const FormatTable&, const FormatTable&) = default;

  private:
    using Member = RoleFormat FormatTable::*;

    /// Where a role's format is; none for the gradient, which may have none, and for other names.
    static Member member_of(std::string_view role) {
        using T = FormatTable;
        constexpr std::array<Member, roles.size()> members{&T::activation, &T::logit,  &T::weight,
                                                           &T::bias,       &T::error,  &T::loss,
                                                           nullptr,        &T::moment, &T::second_moment};
        const auto found = std::find(roles.begin(), roles.end(), role);
        return found == roles.end() ? nullptr : members[static_cast<std::size_t>(found - roles.begin())];
    }
    static std::optional<Range> range_of(std::string_view name) {
        for (const Range range : {Range::symmetric, Range::full}) {
            if (range_name(range) == name) return range;
        }
        return std::nullopt;
    }
    static std::optional<Rounding> rounding_of(std::string_view name) {
        for (int i = 0; i <= static_cast<int>(Rounding::stochastic); ++i) {
            if (rounding_name(static_cast<Rounding>(i)) == name) return static_cast<Rounding>(i);
        }
        return std::nullopt;
    }
};

} // namespace fxp::recipes
