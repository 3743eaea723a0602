// What the user wants: as typed, and as understood.
#pragma once

#include "exact_function.hpp"
#include "exhaustive.hpp"
#include "quadrature.hpp"
#include "sollya_function.hpp"
#include "table.hpp"

#include "fxp/core/format.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fxp::approximate {

/// The command line, unchecked. Empty texts and absent numbers stand for defaults.
struct Options {
    std::string function{};
    std::string expression{};
    std::string range{};
    int degree = 5;
    std::string method = "minimax";
    std::string distribution = "uniform";
    std::optional<int> frac_bits{};
    std::optional<int> argument_bits{};
    std::string format{};
    int guard_bits = 8;
    std::string error{};
    std::string error_ulp{};
    std::string symmetry{};
    bool extend = false;
    std::string name{};
    std::string name_space{};
    std::string header{};
    std::string json{};
    std::string plot{};
    bool compare = false;
};

enum class Method { minimax, gpc };
std::string_view method_name(Method method);
std::string_view symmetry_name(kernels::Symmetry symmetry);
/// "4.12"
std::string format_text(Format format);

/// A request that makes sense: names are known, numbers in range, the function finite on the range.
struct Request {
    std::string function;                  ///< in words of mathematics
    std::shared_ptr<SollyaFunction> h;     ///< what is tabulated
    std::shared_ptr<ExactFunction> exact;  ///< the same, for measuring
    std::shared_ptr<ExactFunction> f;      ///< the function itself, also on the negative side of a symmetry
    Direction direction = Direction::none; ///< of f, on all of that
    Grid grid;
    std::int64_t begin = 0; ///< in argument steps
    std::int64_t end = 0;
    int degree = 0;
    Method method = Method::minimax;
    Distribution distribution;
    std::optional<Format> format;
    double target = 0; ///< in steps of 2^-frac_bits
    kernels::Symmetry symmetry = kernels::Symmetry::none;
    bool extend = false; ///< the table's users clamp arguments to the range
    std::string name;
    std::string name_space; ///< may be empty

    /// Whether errors are measured at every argument, or bounded over the reals.
    bool is_measured() const;
};

/// Throws ArgumentError, one line that names the option, its value and what was expected.
Request make_request(const Options& options);

} // namespace fxp::approximate
