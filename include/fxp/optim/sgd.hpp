// Stochastic gradient descent with momentum (Polyak's heavy ball) in the arithmetic of the model.
#pragma once

#include "fxp/autograd/tape.hpp"
#include "fxp/tensor/range_log.hpp"
#include "fxp/tensor/terms.hpp"

#include <string>
#include <vector>

namespace fxp::optim {

struct SGDSettings {
    double learning_rate = 0.01;
    double momentum = 0; ///< 0 <= momentum < 1
};

/// v = momentum v + g (one rounding); w = w - learning_rate v (one rounding). Reads the gradients as they are summed.
/// Enters parameters, their gradients and velocities into the range log.
template <class A>
class SGD {
  public:
    using Moment = typename A::template Tensor<Role::moment>;

    /// The arithmetic and the parameters' module must outlive the optimizer. Throws ArgumentError for a learning rate
    /// that is not positive, or rounds to zero, and for a momentum outside [0, 1).
    SGD(A& arithmetic, std::vector<AnyParameter<A>> parameters, const SGDSettings& settings = {})
        : arithmetic_(&arithmetic), parameters_(std::move(parameters)) {
        if (!(settings.learning_rate > 0)) {
            throw ArgumentError("SGD: learning rate " + std::to_string(settings.learning_rate) + ", expected above 0");
        }
        if (!(settings.momentum >= 0 && settings.momentum < 1)) {
            throw ArgumentError("SGD: momentum " + std::to_string(settings.momentum) + ", expected 0 <= momentum < 1");
        }
        momentum_ = arithmetic.template scalar<Role::moment>("momentum", settings.momentum);
        minus_rate_ = arithmetic.template scalar<Role::moment>("learning rate", -settings.learning_rate);
        if (minus_rate_.to_real() == 0) {
            throw ArgumentError("SGD: learning rate " + std::to_string(settings.learning_rate) +
                                " rounds to zero in the moment format");
        }
        for (const AnyParameter<A>& any : parameters_) {
            std::visit(
                [&](const auto* parameter) {
                    velocities_.emplace_back(parameter->shape());
                    RangeLog& ranges = arithmetic.range_log();
                    const std::string& name = parameter->name();
                    places_.push_back(
                        {"sgd." + name, ranges.slot(name), ranges.slot("d" + name), ranges.slot("sgd.v." + name)});
                },
                any);
        }
    }

    /// Updates every parameter that has a gradient.
    void step() {
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            std::visit(
                [&](auto* parameter) {
                    if (!parameter->has_gradient()) return;
                    const auto combine = [&](const char* operation, auto& out, const auto&... terms) {
                        arithmetic_->combine(RoundingPlace::update, places_[i].name, operation, out, terms...);
                    };
                    combine("sgd.v", velocities_[i], elementwise(momentum_, velocities_[i]),
                            plus(parameter->gradient()));
                    combine("sgd.w", parameter->value(), plus(parameter->value()),
                            elementwise(minus_rate_, velocities_[i]));
                    arithmetic_->observe(places_[i].gradient_slot, parameter->gradient());
                    arithmetic_->observe(places_[i].value_slot, parameter->value());
                    arithmetic_->observe(places_[i].velocity_slot, velocities_[i]);
                },
                parameters_[i]);
        }
    }

    const std::vector<Moment>& velocities() const { return velocities_; }

    /// Puts back the velocities, in the order of the parameters. Throws ArgumentError when number or shapes are others.
    void restore(std::vector<Moment> velocities) {
        bool fits = velocities.size() == velocities_.size();
        for (std::size_t i = 0; fits && i < velocities.size(); ++i) {
            fits = velocities[i].shape() == velocities_[i].shape();
        }
        if (!fits) throw ArgumentError("SGD::restore: velocities of another model");
        velocities_ = std::move(velocities);
    }

  private:
    /// A parameter's addresses in the logs.
    struct Place {
        std::string name;
        std::size_t value_slot;
        std::size_t gradient_slot;
        std::size_t velocity_slot;
    };

    A* arithmetic_;
    std::vector<AnyParameter<A>> parameters_;
    std::vector<Moment> velocities_;
    std::vector<Place> places_;
    typename A::template Scalar<Role::moment> momentum_;
    typename A::template Scalar<Role::moment> minus_rate_;
};

} // namespace fxp::optim
