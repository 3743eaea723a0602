#include "sollya_function.hpp"

#include "fxp/tensor/error.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <mutex>
#include <string_view>
#include <vector>

namespace fxp::approximate {
namespace {

constexpr int sollya_precision = 256;

constexpr std::array<std::string_view, 23> known_names = {
    "x",    "pi",   "exp",  "expm1", "log",  "log2", "log10", "log1p", "sqrt",  "sin", "cos", "tan",
    "sinh", "cosh", "tanh", "asin",  "acos", "atan", "asinh", "acosh", "atanh", "erf", "erfc"};

std::mutex sollya_mutex;

int no_message(sollya_msg_t, void*) { return 0; }

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// Whether a text starts with e5, E+5 or the like.
bool is_exponent(std::string_view text) {
    if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return false;
    const bool has_sign = text[1] == '+' || text[1] == '-';
    return is_digit(text[1]) || (has_sign && text.size() > 2 && is_digit(text[2]));
}

/// Sollya's language can do more than arithmetic; only arithmetic reaches it.
void require_arithmetic(const std::string& expression) {
    const auto fail = [&expression](const std::string& reason) {
        throw ArgumentError("--expression \"" + expression + "\": " + reason);
    };
    bool depends_on_x = false;
    for (std::size_t i = 0; i < expression.size();) {
        std::size_t end = i + 1;
        if (is_letter(expression[i])) {
            while (end < expression.size() && (is_letter(expression[end]) || is_digit(expression[end]))) ++end;
            const std::string name = expression.substr(i, end - i);
            const bool known = std::find(known_names.begin(), known_names.end(), name) != known_names.end();
            if (!known) fail("'" + name + "' is unknown; expected the variable x, " + expression_names());
            depends_on_x = depends_on_x || name == "x";
        } else if (is_digit(expression[i]) || expression[i] == '.') {
            while (end < expression.size() && (is_digit(expression[end]) || expression[end] == '.')) ++end;
            if (is_exponent(std::string_view(expression).substr(end))) {
                fail("exponents are not understood; expected powers such as 10^5 instead of 1e5");
            }
            if (end < expression.size() && is_letter(expression[end])) fail("a letter follows a number; write 2*x");
        } else if (std::string_view("+-*/^() ").find(expression[i]) == std::string_view::npos) {
            fail("unexpected character; expected numbers, x, functions and + - * / ^ ( )");
        }
        i = end;
    }
    if (!depends_on_x) fail("it does not depend on x");
}

SollyaObject parse(const std::string& expression) {
    require_arithmetic(expression);
    start_sollya();
    SollyaObject object(sollya_lib_parse_string(expression.c_str()));
    if (object.is_error() || sollya_lib_obj_is_function(object.get()) == 0) {
        throw ArgumentError("--expression \"" + expression + "\": expected an expression in x");
    }
    return object;
}

/// mpfi_t with a lifetime.
class IntervalBuffer {
  public:
    explicit IntervalBuffer(mpfr_prec_t precision) { mpfi_init2(value_, precision); }
    IntervalBuffer(const IntervalBuffer&) = delete;
    IntervalBuffer& operator=(const IntervalBuffer&) = delete;
    ~IntervalBuffer() { mpfi_clear(value_); }
    mpfi_ptr get() { return value_; }

  private:
    mpfi_t value_;
};

} // namespace

void start_sollya() {
    static const bool started = [] {
        sollya_lib_init();
        sollya_lib_install_msg_callback(no_message, nullptr);
        sollya_lib_name_free_variable("x");
        const SollyaObject precision = SollyaObject::integer(sollya_precision);
        sollya_lib_set_prec(precision.get());
        return true;
    }();
    static_cast<void>(started);
}

SollyaFunction::SollyaFunction(const std::string& expression) : expression_(expression), function_(parse(expression)) {}

void SollyaFunction::value(mpfr_t out, mpfr_srcptr x) const {
    const std::lock_guard lock(sollya_mutex);
    WideReal point;
    mpfr_set(point.raw(), x, MPFR_RNDN);
    const sollya_fp_result_t result = sollya_lib_evaluate_function_at_point(out, function_.get(), point.raw(), nullptr);
    switch (result) {
    case SOLLYA_FP_PROVEN_EXACT:
    case SOLLYA_FP_FAITHFUL:
    case SOLLYA_FP_FAITHFUL_PROVEN_INEXACT:
    case SOLLYA_FP_CORRECTLY_ROUNDED:
    case SOLLYA_FP_CORRECTLY_ROUNDED_PROVEN_INEXACT:
    case SOLLYA_FP_INFINITY:
        return;
    case SOLLYA_FP_BELOW_CUTOFF:
    case SOLLYA_FP_NOT_FAITHFUL_ZERO_CONTAINED_BELOW_THRESHOLD:
        mpfr_set_zero(out, 1);
        return;
    default:
        mpfr_set_nan(out);
    }
}

WideReal SollyaFunction::value(const WideReal& x) const {
    Real value(sollya_precision);
    this->value(value, x.raw());
    WideReal result;
    mpfr_set(result.raw(), value, MPFR_RNDN);
    return result;
}

Interval SollyaFunction::derivative_enclosure(int n, const WideReal& low, const WideReal& high) const {
    const std::lock_guard lock(sollya_mutex);
    Interval bounds;
    mpfr_set_nan(bounds.low.raw());
    mpfr_set_nan(bounds.high.raw());
    const SollyaObject range = SollyaObject::range(low, high);
    const SollyaObject order = SollyaObject::integer(n);
    const SollyaObject derivatives(sollya_lib_autodiff(function_.get(), order.get(), range.get()));
    int length = 0;
    int open_ended = 0;
    sollya_obj_t* elements = nullptr;
    if (sollya_lib_get_list_elements(&elements, &length, &open_ended, derivatives.get()) == 0) return bounds;
    std::vector<SollyaObject> owned;
    for (int i = 0; i < length; ++i) owned.emplace_back(elements[i]);
    sollya_lib_free(elements);
    if (length <= n) return bounds;

    WideReal below;
    WideReal above;
    if (sollya_lib_get_bounds_from_range(below.raw(), above.raw(), owned[static_cast<std::size_t>(n)].get()) != 0) {
        bounds = {below, above};
    }
    return bounds;
}

double SollyaFunction::derivative_bound(int n, double low, double high) const {
    const Interval values = derivative_enclosure(n, WideReal(low), WideReal(high));
    if (!values.low.is_finite() || !values.high.is_finite()) return std::numeric_limits<double>::infinity();
    WideReal largest = abs(values.low) < abs(values.high) ? abs(values.high) : abs(values.low);
    for (int k = 2; k <= n; ++k) mpfr_div_ui(largest.raw(), largest.raw(), static_cast<unsigned long>(k), MPFR_RNDU);
    return largest.to_double(MPFR_RNDU);
}

Interval SollyaFunction::enclosure(const WideReal& low, const WideReal& high) const {
    IntervalBuffer argument(WideReal::precision);
    IntervalBuffer result(sollya_precision);
    mpfi_interv_fr(argument.get(), low.raw(), high.raw());
    Interval bounds;
    if (sollya_lib_evaluate_function_over_interval(result.get(), function_.get(), argument.get()) == 0) {
        mpfr_set_nan(bounds.low.raw());
        mpfr_set_nan(bounds.high.raw());
        return bounds;
    }
    mpfi_get_left(bounds.low.raw(), result.get());
    mpfi_get_right(bounds.high.raw(), result.get());
    return bounds;
}

SollyaObject SollyaFunction::around(const WideReal& centre) const {
    const SollyaObject shift = SollyaObject::constant(centre);
    const SollyaObject argument(
        sollya_lib_build_function_add(sollya_lib_build_function_free_variable(), sollya_lib_copy_obj(shift.get())));
    return SollyaObject(sollya_lib_apply(function_.get(), argument.get(), nullptr));
}

std::string expression_names() {
    std::string names;
    for (const std::string_view name : known_names) {
        if (name == "x") continue;
        if (!names.empty()) names += ", ";
        names += name;
    }
    return names;
}

} // namespace fxp::approximate
