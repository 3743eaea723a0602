// Stochastic gradient descent with momentum, Nesterov's or the heavy ball, in the arithmetic of the model.
#pragma once

#include "fxp/autograd/tape.hpp"
#include "fxp/optim/clip.hpp"
#include "fxp/optim/log_address.hpp"
#include "fxp/optim/public_real.hpp"
#include "fxp/tensor/update_rates.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace fxp::optim {

/// Numbers of SGD.
struct SGDSettings {
    double learning_rate = 0.01; ///< above 0
    double momentum = 0;         ///< 0 <= momentum < 1
    bool nesterov = false;       ///< steps along the gradient and the velocity to come (Sutskever et al., ICML 2013)
    double weight_decay = 0;     ///< of weights, not of biases: decoupled, w -= learning_rate weight_decay w
    double max_norm = 0;         ///< largest norm of a step's gradients; 0 for any
};

/// Per parameter and step as sgd_update says. Reads the gradients as they are summed, wide and unrounded. Enters
/// parameters, their gradients and velocities into the range log.
template <class A>
class SGD {
  public:
    using Moment = typename A::template Tensor<Role::moment>; ///< of a velocity

    /// The arithmetic and the parameters' module must outlive the optimizer. Throws ArgumentError for a learning rate
    /// that is not positive, a momentum outside [0, 1), and for other numbers below 0.
    SGD(A& arithmetic, std::vector<AnyParameter<A>> parameters, const SGDSettings& settings = {})
        : arithmetic_(&arithmetic), parameters_(std::move(parameters)), settings_(settings) {
        const auto require = [](bool holds, const char* name, double value, const char* expected) {
            if (holds) return;
            throw ArgumentError(std::string("SGD: ") + name + " " + std::to_string(value) + ", expected " + expected);
        };
        require(settings.learning_rate > 0, "learning rate", settings.learning_rate, "above 0");
        require(settings.momentum >= 0 && settings.momentum < 1, "momentum", settings.momentum, "0 <= momentum < 1");
        require(settings.weight_decay >= 0, "weight decay", settings.weight_decay, "0 or more");
        require(settings.max_norm >= 0, "largest norm", settings.max_norm, "0 or more");
        for (const AnyParameter<A>& any : parameters_) {
            std::visit(
                [&]<Role R>(const Parameter<A, R>* parameter) {
                    velocities_.push_back(arithmetic.template zeros<Role::moment>(parameter->shape()));
                },
                any);
            addresses_.emplace_back(arithmetic, any, "sgd", std::vector<StateName>{{"v", Role::moment}});
        }
    }

    /// For the steps to come.
    void set_learning_rate(double rate) { settings_.learning_rate = rate; }

    /// Updates every parameter that has a gradient; `scale` is what summed gradients are multiplied by, as 1 / batch.
    void step(double scale = 1) {
        ++steps_;
        SgdRates rates{settings_.momentum, settings_.learning_rate, 0, settings_.nesterov};
        const double decay = exact_product(settings_.learning_rate, settings_.weight_decay);
        const auto factor = clipped_scale(*arithmetic_, parameters_, scale, settings_.max_norm);
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            std::visit(
                [&]<Role R>(Parameter<A, R>* parameter) {
                    if (!parameter->has_gradient()) return;
                    rates.decay = R == Role::weight ? decay : 0;
                    arithmetic_->sgd(addresses_[i].update(), parameter->value(), velocities_[i], parameter->gradient(),
                                     factor, rates);
                    addresses_[i].observe(*arithmetic_, *parameter, velocities_[i]);
                },
                parameters_[i]);
        }
    }

    /// Number of steps done.
    std::uint64_t steps() const { return steps_; }
    /// In the order of the parameters.
    const std::vector<Moment>& velocities() const { return velocities_; }

    /// Calls visit(name, tensor) for every tensor that the optimizer keeps: what a checkpoint holds.
    template <class Visit>
    void for_each_state(Visit&& visit) {
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            visit(addresses_[i].state(0), velocities_[i]);
        }
    }
    /// The number of steps done, when the tensors were put back.
    void resume_at(std::uint64_t steps) { steps_ = steps; }

  private:
    A* arithmetic_;
    std::vector<AnyParameter<A>> parameters_;
    SGDSettings settings_;
    std::vector<Moment> velocities_;
    std::vector<LogAddress> addresses_;
    std::uint64_t steps_ = 0;
};

} // namespace fxp::optim
