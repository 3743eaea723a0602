#include "request.hpp"

#include "measure.hpp"
#include "monotone.hpp"
#include "named_functions.hpp"
#include "ramp_function.hpp"
#include "table_runner.hpp"
#include "text.hpp"

#include "fxp/tensor/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

namespace fxp::approximate {
namespace {

using kernels::Symmetry;

constexpr int most_word_bits = 32; // of a format
constexpr int fewest_argument_bits = 16;

constexpr std::array<std::string_view, 5> symmetry_names{"none", "even", "odd", "one_minus", "ramp"};

[[noreturn]] void refuse(const std::string& option, const std::string& value, const std::string& expected) {
    throw ArgumentError(option + " " + value + ": expected " + expected);
}

void require_between(const std::string& option, int value, int low, int high) {
    if (value >= low && value <= high) return;
    refuse(option, std::to_string(value), std::to_string(low) + " to " + std::to_string(high));
}

std::optional<int> parse_int(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::optional<Format> parse_format(const std::string& text) {
    if (text.empty()) return std::nullopt;
    const std::size_t point = text.find('.');
    const auto int_bits = parse_int(std::string_view(text).substr(0, point));
    const auto frac_bits = parse_int(point == std::string::npos ? "" : std::string_view(text).substr(point + 1));
    if (!int_bits || !frac_bits) refuse("--format", text, "I.F such as 8.24; I counts the sign bit");
    const int word_bits = *int_bits + *frac_bits;
    if (*frac_bits < 1 || *int_bits < 1 || word_bits < 2 || word_bits > most_word_bits) {
        refuse("--format", text, "at least 1 bit on each side of the point and at most 32 in all");
    }
    return Format{*int_bits, *frac_bits};
}

Method parse_method(const std::string& text) {
    for (const Method method : {Method::minimax, Method::gpc}) {
        if (text == method_name(method)) return method;
    }
    refuse("--method", text, "minimax or gpc");
}

Symmetry parse_symmetry(const std::string& text) {
    for (std::size_t i = 0; i < symmetry_names.size(); ++i) {
        if (text == symmetry_names[i]) return static_cast<Symmetry>(i);
    }
    refuse("--symmetry", text, "none, even, odd, one_minus or ramp");
}

/// "uniform" or "exponential:RATE".
Distribution parse_distribution(const Options& options) {
    const std::string& text = options.distribution;
    if (text == "uniform") return {};
    const std::string exponential = "exponential:";
    const std::string expected = "uniform or exponential:RATE with a RATE from 2^-16 to 2^16";
    if (text.compare(0, exponential.size(), exponential) != 0) refuse("--distribution", text, expected);
    const auto rate = parse_number(text.substr(exponential.size()));
    if (!rate || rate->value < WideReal(0x1p-16) || WideReal(0x1p16) < rate->value) {
        refuse("--distribution", text, expected);
    }
    if (options.method != "gpc" && !options.compare) refuse("--distribution", text, "--method gpc with it");
    return {rate->value.to_double()};
}

std::int64_t parse_bound(const std::string& range, const std::string& text, int argument_bits) {
    const auto bound = parse_number(text);
    if (!bound || !bound->value.fits_fixed(argument_bits)) {
        refuse("--range", range, "LO:HI, two decimal numbers below 2^" + std::to_string(61 - argument_bits));
    }
    const WideReal steps = bound->value * WideReal::scaled(1, argument_bits);
    if (!bound->exact || !steps.is_integer()) {
        refuse("--range", range,
               "multiples of 2^-" + std::to_string(argument_bits) + ", the step of --argument-bits, but " + text +
                   " is not one");
    }
    return steps.to_fixed(0);
}

/// The target in steps of 2^-frac_bits.
double parse_target(const Options& options, const Request& request) {
    if (options.error.empty() == options.error_ulp.empty()) {
        throw ArgumentError(options.error.empty() ? "no error target: expected --error or --error-ulp"
                                                  : "--error " + options.error + " and --error-ulp " +
                                                        options.error_ulp + ": expected one of them");
    }
    const bool in_ulp = !options.error_ulp.empty();
    const std::string option = in_ulp ? "--error-ulp" : "--error";
    const std::string& text = in_ulp ? options.error_ulp : options.error;
    if (in_ulp && !request.format) refuse(option, text, "--format with it, whose step is the unit");

    const auto error = parse_number(text);
    if (!error || !(WideReal(0.0) < error->value)) refuse(option, text, "a positive number such as 2^-12 or 0.0625");
    const int frac_bits = request.grid.frac_bits;
    const int unit_bits = in_ulp ? frac_bits - request.format->frac_bits : frac_bits;
    const WideReal steps = error->value * WideReal::scaled(1, unit_bits);
    if (!steps.is_finite() || !(steps < WideReal(0x1p62))) {
        refuse(option, text, "a finite number below 2^" + std::to_string(62 - unit_bits));
    }
    const double target = steps.to_double(MPFR_RNDD);
    if (target < 0.5) {
        refuse(option, text,
               "at least half a step of the coefficients' grid, 2^-" + std::to_string(frac_bits + 1) +
                   (frac_bits < most_frac_bits ? "; more --frac-bits make it finer" : ""));
    }
    return target;
}

constexpr std::array<std::string_view, 92> keywords{
    "alignas",     "alignof",   "and",        "and_eq",    "asm",      "auto",         "bitand",
    "bitor",       "bool",      "break",      "case",      "catch",    "char",         "char8_t",
    "char16_t",    "char32_t",  "class",      "compl",     "concept",  "const",        "consteval",
    "constexpr",   "constinit", "const_cast", "continue",  "co_await", "co_return",    "co_yield",
    "decltype",    "default",   "delete",     "do",        "double",   "dynamic_cast", "else",
    "enum",        "explicit",  "export",     "extern",    "false",    "float",        "for",
    "friend",      "goto",      "if",         "inline",    "int",      "long",         "mutable",
    "namespace",   "new",       "noexcept",   "not",       "not_eq",   "nullptr",      "operator",
    "or",          "or_eq",     "private",    "protected", "public",   "register",     "reinterpret_cast",
    "requires",    "return",    "short",      "signed",    "sizeof",   "static",       "static_assert",
    "static_cast", "struct",    "switch",     "template",  "this",     "thread_local", "throw",
    "true",        "try",       "typedef",    "typeid",    "typename", "union",        "unsigned",
    "using",       "virtual",   "void",       "volatile",  "wchar_t",  "while",        "xor",
    "xor_eq"};

/// What the global namespace has already: by <cmath>, by the library, by every program.
constexpr std::array<std::string_view, 53> global_names{
    "abs",   "acos",  "acosh", "asin",  "asinh", "atan",  "atan2", "atanh",  "cbrt", "ceil",      "cos",
    "cosh",  "div",   "drem",  "erf",   "erfc",  "exp",   "exp2",  "expm1",  "fabs", "floor",     "fma",
    "fmod",  "frexp", "fxp",   "gamma", "hypot", "ilogb", "j0",    "j1",     "jn",   "ldexp",     "lgamma",
    "log",   "log2",  "log10", "log1p", "logb",  "main",  "modf",  "nan",    "pow",  "remainder", "rint",
    "round", "sin",   "sinh",  "sqrt",  "std",   "tan",   "tanh",  "tgamma", "trunc"};

template <std::size_t Count>
bool is_one_of(const std::array<std::string_view, Count>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr const char* usual_name =
    "a C++ identifier of letters, digits and single underscores that starts with a letter and is no keyword";

bool is_usual_name(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.empty() || !is_letter(text[0]) || text.find("__") != std::string_view::npos) return false;
    for (const char c : text) {
        if (!is_letter(c) && !is_digit(c) && c != '_') return false;
    }
    return !is_one_of(keywords, text);
}

bool is_usual_namespace(std::string_view text) {
    std::size_t start = 0;
    for (;;) {
        const std::size_t end = std::min(text.find("::", start), text.size());
        const std::string_view part = text.substr(start, end - start);
        if (!is_usual_name(part) || (start == 0 && part == "std")) return false;
        if (end == text.size()) return true;
        start = end + 2;
    }
}

/// Checks the symmetry at a few points that have nothing to do with each other or with a function's zeros.
void require_symmetry(const Request& request) {
    if (request.symmetry == Symmetry::none || request.symmetry == Symmetry::ramp) return;
    constexpr int points = 12;
    constexpr double golden = 0.61803398874989484;
    for (int i = 1; i <= points; ++i) {
        const WideReal x =
            WideReal::scaled(request.end, -request.grid.argument_bits) * WideReal(i * golden - std::floor(i * golden));
        const WideReal right = request.h->value(x);
        const WideReal left = request.h->value(-x);
        const WideReal expected = request.symmetry == Symmetry::even  ? right
                                  : request.symmetry == Symmetry::odd ? -right
                                                                      : WideReal(1.0) - right;
        if (abs(left - expected) < WideReal::scaled(1, -62)) continue;
        refuse("--symmetry", std::string(symmetry_name(request.symmetry)),
               "f(" + real_text(-x.to_double()) + ") = " + real_text(expected.to_double()) + ", but it is " +
                   real_text(left.to_double()));
    }
}

/// Interval arithmetic over ever smaller parts; a part that stays unbounded is where the function is not finite.
void require_finite(const Request& request, const std::string& range, std::int64_t begin, std::int64_t end,
                    int depth = 0) {
    constexpr int most_depth = 12;
    const int bits = request.grid.argument_bits;
    const Interval values = request.h->enclosure(WideReal::scaled(begin, -bits), WideReal::scaled(end, -bits));
    if (values.low.is_finite() && values.high.is_finite()) return;
    if (depth == most_depth || end - begin < 2) {
        refuse("--range", range,
               "a range where " + request.function + " is finite, but it is not on [" + fixed_text(begin, bits) + ", " +
                   fixed_text(end, bits) + "]");
    }
    const std::int64_t middle = begin + (end - begin) / 2;
    require_finite(request, range, begin, middle, depth + 1);
    require_finite(request, range, middle, end, depth + 1);
}

/// The function and its symmetry; returns what is known of it by name, or null.
const NamedFunction* set_function(Request& request, const Options& options) {
    if (options.function.empty() == options.expression.empty()) {
        throw ArgumentError(options.function.empty() ? "no function: expected --function or --expression"
                                                     : "--function " + options.function + " and --expression \"" +
                                                           options.expression + "\": expected one of them");
    }
    const NamedFunction* const named = options.function.empty() ? nullptr : find_named_function(options.function);
    if (!options.function.empty() && named == nullptr) {
        refuse("--function", options.function, "one of " + known_function_names());
    }
    if (named != nullptr) request.symmetry = named->symmetry;
    if (!options.symmetry.empty()) request.symmetry = parse_symmetry(options.symmetry);
    const bool is_ramp = request.symmetry == Symmetry::ramp;
    if (named != nullptr && is_ramp != (named->symmetry == Symmetry::ramp)) {
        refuse("--symmetry", options.symmetry,
               std::string(is_ramp ? "anything but ramp" : "ramp") + " for --function " + options.function);
    }

    if (named == nullptr) {
        request.function = options.expression;
        request.h = std::make_shared<SollyaFunction>(options.expression);
        request.exact = request.h;
        request.f = request.h;
        if (is_ramp) request.f = std::make_shared<RampFunction>(request.h);
        return nullptr;
    }
    request.function = named->meaning;
    request.h = std::make_shared<SollyaFunction>(std::string(named->expression));
    request.exact = request.h;
    if (named->exact != nullptr) request.exact = named->exact();
    request.f = request.exact;
    if (is_ramp) request.f = std::make_shared<SollyaFunction>(std::string(named->whole));
    return named;
}

/// The format and the units of arguments and values, within what fxp::math::Tabulated evaluates.
void set_grid(Request& request, const Options& options) {
    request.format = parse_format(options.format);
    if (!request.format && !options.frac_bits) throw ArgumentError("no --frac-bits: expected it or --format");
    const bool is_ramp = request.symmetry == Symmetry::ramp;
    const int format_bits = request.format ? request.format->frac_bits : 1;
    require_between("--guard-bits", options.guard_bits, 0, most_frac_bits - format_bits);
    const int frac_bits = options.frac_bits.value_or(format_bits + options.guard_bits);
    require_between("--frac-bits", frac_bits, format_bits, most_frac_bits);
    const int usual = std::max(format_bits, fewest_argument_bits);
    const int argument_bits = options.argument_bits.value_or(is_ramp ? std::min(usual, frac_bits) : usual);
    require_between("--argument-bits", argument_bits, format_bits, most_argument_bits);
    if (is_ramp && argument_bits > frac_bits) {
        refuse("--argument-bits", std::to_string(argument_bits),
               "at most the " + std::to_string(frac_bits) + " fraction bits of values, for symmetry ramp");
    }
    request.grid = {argument_bits, frac_bits};
}

void set_range(Request& request, const std::string& range) {
    const std::size_t colon = range.find(':');
    if (colon == std::string::npos) refuse("--range", range.empty() ? "(none)" : range, "LO:HI");
    request.begin = parse_bound(range, range.substr(0, colon), request.grid.argument_bits);
    request.end = parse_bound(range, range.substr(colon + 1), request.grid.argument_bits);
    if (request.end <= request.begin) refuse("--range", range, "LO:HI with LO below HI");
    if ((request.end - request.begin) % 2 != 0) {
        refuse("--range", range,
               "an even number of argument steps, so that its centre is one; more --argument-bits do it");
    }
    require_finite(request, range, request.begin, request.end);

    if (request.format) {
        const int finer = request.grid.argument_bits - request.format->frac_bits;
        const std::int64_t limit = request.format->max_raw();
        if ((request.end >> finer) < -limit || -(-request.begin >> finer) > limit) {
            refuse("--range", range, "inputs of the --format in it");
        }
    }

    const double half = std::ldexp(static_cast<double>(request.end - request.begin), -request.grid.argument_bits - 1);
    if (request.distribution.rate * half > most_decay) {
        refuse("--distribution", "exponential:" + real_text(request.distribution.rate),
               "a RATE of at most " + real_text(most_decay / half) + " on the range " + range);
    }
}

/// What the symmetry asks of the function and the range, and whether the table's users have arguments to clamp.
void check_symmetry(Request& request, const Options& options, const std::string& range) {
    if (request.symmetry != Symmetry::none && request.begin != 0) {
        refuse("--range", range,
               "a range that starts at 0 for symmetry " + std::string(symmetry_name(request.symmetry)));
    }
    require_symmetry(request);

    bool all_in_range = request.symmetry == Symmetry::none;
    if (request.format) {
        const int finer = request.grid.argument_bits - request.format->frac_bits;
        all_in_range = all_in_range || request.format->max_raw() <= request.end >> finer;
    }
    request.extend = options.extend || !all_in_range;
}

void set_names(Request& request, const Options& options, const NamedFunction* named) {
    request.name = named != nullptr ? std::string(named->name) + "_table" : "table";
    if (!options.name.empty()) request.name = options.name;
    request.name_space = options.name_space;
    if (!is_usual_name(request.name)) refuse("--name", request.name, usual_name);
    if (!request.name_space.empty() && !is_usual_namespace(request.name_space)) {
        refuse("--namespace", request.name_space,
               std::string("names joined by ::, none of them std, each ") + usual_name);
    }
    if (request.name_space.empty() && is_one_of(global_names, request.name)) {
        refuse("--name", request.name, "a name that the global namespace does not have, or --namespace with it");
    }
}

} // namespace

std::string_view method_name(Method method) { return method == Method::minimax ? "minimax" : "gpc"; }

std::string_view symmetry_name(Symmetry symmetry) { return symmetry_names[static_cast<std::size_t>(symmetry)]; }

std::string format_text(Format format) {
    return std::to_string(format.int_bits) + "." + std::to_string(format.frac_bits);
}

bool Request::is_measured() const { return end - begin <= most_measured; }

Request make_request(const Options& options) {
    Request request;
    const NamedFunction* const named = set_function(request, options);
    require_between("--degree", options.degree, 1, TableRunner::most_degree);
    request.degree = options.degree;
    request.method = parse_method(options.method);
    request.distribution = parse_distribution(options);
    set_grid(request, options);
    const std::string range = options.range.empty() && named != nullptr ? std::string(named->range) : options.range;
    set_range(request, range);
    check_symmetry(request, options, range);
    request.target = parse_target(options, request);
    set_names(request, options, named);
    request.direction = direction_of(request);
    return request;
}

} // namespace fxp::approximate
