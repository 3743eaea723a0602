// A real function of one variable, given as an expression that Sollya understands.
#pragma once

#include "exact_function.hpp"
#include "sollya_object.hpp"
#include "wide_real.hpp"

#include <string>

namespace fxp::approximate {

/// A closed interval of reals.
struct Interval {
    WideReal low;
    WideReal high;
};

/// A smooth function of x. Bounds come from interval arithmetic. Sollya has global state, so calls from several threads
/// wait for each other.
class SollyaFunction final : public ExactFunction {
  public:
    /// Parses an expression in x, such as "exp(-x^2)". Throws ArgumentError when it is not one, names anything but x
    /// and the elementary functions, or does not depend on x.
    explicit SollyaFunction(const std::string& expression);

    const std::string& expression() const { return expression_; }

    /// NaN outside the domain and where Sollya does not know the sign of what might be zero.
    void value(mpfr_t out, mpfr_srcptr x) const override;
    /// Within 2^-250 of f(x), relatively.
    WideReal value(const WideReal& x) const;

    double derivative_bound(int n, double low, double high) const override;

    /// An enclosure of f^(n) on [low, high]; infinite or NaN bounds when there is none to be had.
    Interval derivative_enclosure(int n, const WideReal& low, const WideReal& high) const;

    /// An enclosure of f's values on [low, high]; infinite or NaN bounds when there is none to be had.
    Interval enclosure(const WideReal& low, const WideReal& high) const;

    /// t -> f(centre + t).
    SollyaObject around(const WideReal& centre) const;

  private:
    std::string expression_;
    SollyaObject function_;
};

/// The names that an expression may have beside x, as "pi, exp, ...".
std::string expression_names();

} // namespace fxp::approximate
