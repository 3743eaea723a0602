#include "report.hpp"

#include "compare/csv.hpp"
#include "compare/text.hpp"

#include <charconv>
#include <cmath>

namespace fxp::trace {

namespace {

using compare::number;

/// The shortest decimal that reads back as `value`.
std::string decimal(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string ulps(double value) { return number("%.3g", value); }

std::string power_of_two(double ulp) { return "2^" + std::to_string(std::ilogb(ulp)); }

} // namespace

std::string bounds_text(const Bounds& bounds) {
    std::string text;
    if (bounds.ulps) text = decimal(*bounds.ulps) + " ULP";
    if (bounds.relative) text += (text.empty() ? "a relative " : " or a relative ") + decimal(*bounds.relative);
    return text;
}

std::string first_excess_text(const Divergence& divergence) {
    const std::string bounds = bounds_text(divergence.bounds());
    if (!divergence.first()) return "No tensor is beyond " + bounds + ".";
    const Errors& e = *divergence.first();
    return "First beyond " + bounds + ": tensor " + e.tensor + ", occurrence " + std::to_string(e.occurrence) +
           " in step " + std::to_string(e.step) + ", element " + std::to_string(e.element) + ": fixed " +
           number("%.9g", e.fixed_value) + ", float " + number("%.9g", e.real_value) + " (" + ulps(e.in_ulps(e.whole)) +
           " ULP, relative " + number("%.2e", e.relative()) + "; approximation " + ulps(e.in_ulps(e.approximation)) +
           " ULP, number system " + ulps(e.in_ulps(e.number_system)) + " ULP)";
}

std::string tensors_text(const Divergence& divergence) {
    compare::TextTable table("lrrrrrr");
    table.add({"tensor", "ULP", "error (ULP)", "relative", "approximation", "number system", "beyond"});
    table.add({"-"});
    for (const Summary& s : divergence.tensors()) {
        table.add({s.tensor, power_of_two(s.ulp), ulps(s.whole_ulps), number("%.2e", s.relative),
                   ulps(s.approximation_ulps), ulps(s.number_system_ulps),
                   s.first_step ? "step " + std::to_string(*s.first_step) : ""});
    }
    std::string text;
    for (const std::string& line : table.lines()) text += line + "\n";
    return text;
}

std::string csv_heading() {
    return "step,tensor,occurrence,ulp,max_error,max_error_ulp,relative_error,approximation_error_ulp,"
           "number_error_ulp\n";
}

std::string csv_lines(const std::vector<Errors>& rows) {
    std::string text;
    for (const Errors& e : rows) {
        text += std::to_string(e.step) + "," + compare::csv_field(e.tensor) + "," + std::to_string(e.occurrence);
        for (const double value : {e.ulp, e.whole, e.in_ulps(e.whole), e.relative(), e.in_ulps(e.approximation),
                                   e.in_ulps(e.number_system)}) {
            text += "," + decimal(value);
        }
        text += "\n";
    }
    return text;
}

} // namespace fxp::trace
