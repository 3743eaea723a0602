// How far three number systems are apart: per tensor and step, in two parts, and where a bound is first exceeded.
#pragma once

#include "observation.hpp"

#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fxp::trace {

/// The errors of one tensor. fixed: the run in fixed point; real: in floating point; approximate: in floating point
/// with the library's functions. Each error is the largest over the elements, so the whole is at most the sum of its
/// parts. A difference that is not a number is infinite.
struct Errors {
    std::size_t step = 0;
    std::string tensor;
    std::size_t occurrence = 0; ///< of the tensor in the step, from 1
    double ulp = 0;             ///< the step of the tensor's fixed-point format
    double largest = 0;         ///< magnitude in real
    double whole = 0;           ///< |fixed - real|
    double approximation = 0;   ///< |approximate - real|
    double number_system = 0;   ///< |fixed - approximate|
    // Where the whole is largest:
    std::size_t element = 0;
    double fixed_value = 0;
    double real_value = 0;

    double in_ulps(double error) const { return error / ulp; }
    /// The whole error as a share of the largest magnitude: infinite for an error of a tensor of zeros.
    double relative() const { return whole == 0 ? 0 : std::isinf(whole) ? whole : whole / largest; }
};

/// Bounds of the whole error; those not set bound nothing.
struct Bounds {
    std::optional<double> ulps = std::nullopt;
    std::optional<double> relative = std::nullopt;

    bool exceeded_by(const Errors& errors) const {
        return (ulps && !(errors.in_ulps(errors.whole) <= *ulps)) || (relative && !(errors.relative() <= *relative));
    }
};

/// The largest errors of all tensors of a name.
struct Summary {
    std::string tensor;
    double ulp = 0;
    double whole_ulps = 0;
    double relative = 0;
    double approximation_ulps = 0;
    double number_system_ulps = 0;
    std::optional<std::size_t> first_step;          ///< in which a bound is exceeded
    std::map<std::size_t, double> relative_in_step; ///< the largest of each step
};

/// Compares step after step.
class Divergence {
  public:
    explicit Divergence(const Bounds& bounds) : bounds_(bounds) {}

    /// The errors of a step, in the order of computation. Throws ArgumentError unless the traces name the same tensors
    /// of the same sizes in the same order.
    std::vector<Errors> add(std::size_t step, const Trace& fixed, const Trace& approximate, const Trace& real);

    const Bounds& bounds() const { return bounds_; }
    /// In the order of computation.
    const std::vector<Summary>& tensors() const { return tensors_; }
    /// The first tensor in the order of computation that exceeds a bound.
    const std::optional<Errors>& first() const { return first_; }

  private:
    Summary& summary(const Errors& errors);

    Bounds bounds_;
    std::vector<Summary> tensors_;
    std::optional<Errors> first_;
};

} // namespace fxp::trace
