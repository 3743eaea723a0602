#include "divergence.hpp"

#include "fxp/tensor/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fxp::trace {

namespace {

double distance(double a, double b) {
    if (a == b) return 0;
    const double difference = std::fabs(a - b);
    return std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference;
}

void check_same(std::size_t step, std::size_t position, const Observation& a, const Observation& b) {
    if (a.tensor == b.tensor && a.values.size() == b.values.size()) return;
    throw ArgumentError("step " + std::to_string(step) + ", tensor " + std::to_string(position) + ": '" + a.tensor +
                        "' of " + std::to_string(a.values.size()) + " elements and '" + b.tensor + "' of " +
                        std::to_string(b.values.size()) + ", expected the same computation");
}

Errors errors_of(const Observation& fixed, const Observation& approximate, const Observation& real) {
    Errors errors;
    errors.tensor = fixed.tensor;
    errors.ulp = fixed.ulp;
    for (std::size_t i = 0; i < real.values.size(); ++i) {
        errors.largest = std::max(errors.largest, std::fabs(real.values[i]));
        errors.approximation = std::max(errors.approximation, distance(approximate.values[i], real.values[i]));
        errors.number_system = std::max(errors.number_system, distance(fixed.values[i], approximate.values[i]));
        const double whole = distance(fixed.values[i], real.values[i]);
        if (i > 0 && whole <= errors.whole) continue;
        errors.whole = whole;
        errors.element = i;
        errors.fixed_value = fixed.values[i];
        errors.real_value = real.values[i];
    }
    return errors;
}

} // namespace

std::vector<Errors> Divergence::add(std::size_t step, const Trace& fixed, const Trace& approximate, const Trace& real) {
    if (fixed.size() != real.size() || approximate.size() != real.size()) {
        throw ArgumentError("step " + std::to_string(step) + ": " + std::to_string(fixed.size()) + ", " +
                            std::to_string(approximate.size()) + " and " + std::to_string(real.size()) +
                            " tensors, expected the same computation");
    }
    std::vector<Errors> rows;
    std::map<std::string, std::size_t> occurrences;
    for (std::size_t i = 0; i < real.size(); ++i) {
        check_same(step, i, fixed[i], real[i]);
        check_same(step, i, approximate[i], real[i]);
        Errors errors = errors_of(fixed[i], approximate[i], real[i]);
        errors.step = step;
        errors.occurrence = ++occurrences[errors.tensor];
        const bool exceeds = bounds_.exceeded_by(errors);
        Summary& tensor = summary(errors);
        if (exceeds && !tensor.first_step) tensor.first_step = step;
        if (exceeds && !first_) first_ = errors;
        rows.push_back(std::move(errors));
    }
    return rows;
}

Summary& Divergence::summary(const Errors& errors) {
    auto found =
        std::find_if(tensors_.begin(), tensors_.end(), [&](const Summary& s) { return s.tensor == errors.tensor; });
    if (found == tensors_.end()) {
        Summary fresh;
        fresh.tensor = errors.tensor;
        found = tensors_.insert(tensors_.end(), std::move(fresh));
    }
    const auto raise = [](double& largest, double value) { largest = std::max(largest, value); };
    raise(found->ulp, errors.ulp);
    raise(found->whole_ulps, errors.in_ulps(errors.whole));
    raise(found->relative, errors.relative());
    raise(found->relative_in_step[errors.step], errors.relative());
    raise(found->approximation_ulps, errors.in_ulps(errors.approximation));
    raise(found->number_system_ulps, errors.in_ulps(errors.number_system));
    return *found;
}

} // namespace fxp::trace
