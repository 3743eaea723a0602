// Adam, AdamW and AMSGrad with moments wide enough that nothing underflows.
#pragma once

#include "fxp/autograd/tape.hpp"
#include "fxp/optim/clip.hpp"
#include "fxp/optim/log_address.hpp"
#include "fxp/optim/public_real.hpp"
#include "fxp/tensor/update_rates.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace fxp::optim {

/// Numbers of Adam (Kingma and Ba, arXiv 1412.6980); the defaults are PyTorch's.
struct AdamSettings {
    double learning_rate = 0.001; ///< above 0
    double beta1 = 0.9;           ///< share of the first moment that stays, in [0, 1)
    double beta2 = 0.999;         ///< share of the second moment that stays, in [0, 1)
    /// Added to the second moment, inside the square root; PyTorch adds its root, 1e-8, outside.
    double epsilon = 1e-16;
    double weight_decay = 0; ///< of weights, not of biases: decoupled, w -= learning_rate weight_decay w
    bool amsgrad = false;    ///< divides by the largest second moment so far (Reddi et al., arXiv 1904.09237)
    double max_norm = 0;     ///< largest norm of a step's gradients; 0 for any
};

/// Per parameter and step t, as adam_update says, with
///   rate = learning_rate sqrt(1 - beta2^t) / (1 - beta1^t), public, in IEEE double.
/// Reads the parameters' gradients as they are summed, wide and unrounded. Enters parameters, their gradients and
/// moments into the range log.
template <class A>
class Adam {
  public:
    using Moment = typename A::template Tensor<Role::moment>;              ///< averages of gradients
    using SecondMoment = typename A::template Tensor<Role::second_moment>; ///< averages of their squares

    /// The arithmetic and the parameters' module must outlive the optimizer. Throws ArgumentError unless
    /// learning_rate > 0, 0 <= beta < 1, and the other numbers are 0 or more.
    Adam(A& arithmetic, std::vector<AnyParameter<A>> parameters, const AdamSettings& settings = {})
        : arithmetic_(&arithmetic), parameters_(std::move(parameters)), settings_(settings) {
        check(settings);
        std::vector<StateName> kept{{"m", Role::moment}, {"n", Role::second_moment}};
        if (settings.amsgrad) kept.push_back({"largest", Role::second_moment});
        for (const AnyParameter<A>& any : parameters_) {
            std::visit(
                [&]<Role R>(const Parameter<A, R>* parameter) {
                    const Shape& shape = parameter->shape();
                    states_.push_back(
                        {arithmetic.template zeros<Role::moment>(shape),
                         arithmetic.template zeros<Role::second_moment>(shape),
                         arithmetic.template zeros<Role::second_moment>(settings.amsgrad ? shape : Shape{})});
                },
                any);
            addresses_.emplace_back(arithmetic, any, "adam", kept);
        }
    }

    /// For the steps to come.
    void set_learning_rate(double rate) { settings_.learning_rate = rate; }

    /// Updates every parameter that has a gradient; `scale` is what summed gradients are multiplied by, as 1 / batch.
    void step(double scale = 1) {
        beta1_power_ = exact_product(beta1_power_, settings_.beta1);
        beta2_power_ = exact_product(beta2_power_, settings_.beta2);
        ++steps_;
        AdamRates rates;
        rates.one_minus_beta1 = 1 - settings_.beta1;
        rates.one_minus_beta2 = 1 - settings_.beta2;
        rates.rate = exact_product(settings_.learning_rate, std::sqrt(1 - beta2_power_)) / (1 - beta1_power_);
        rates.epsilon = settings_.epsilon;
        const double decay = exact_product(settings_.learning_rate, settings_.weight_decay);
        const auto factor = clipped_scale(*arithmetic_, parameters_, scale, settings_.max_norm);
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            std::visit(
                [&]<Role R>(Parameter<A, R>* parameter) {
                    if (!parameter->has_gradient()) return;
                    rates.decay = R == Role::weight ? decay : 0;
                    State& state = states_[i];
                    arithmetic_->adam(addresses_[i].update(), parameter->value(), state.m, state.n,
                                      settings_.amsgrad ? &state.largest : nullptr, parameter->gradient(), factor,
                                      rates);
                    if (settings_.amsgrad) {
                        addresses_[i].observe(*arithmetic_, *parameter, state.m, state.n, state.largest);
                    } else {
                        addresses_[i].observe(*arithmetic_, *parameter, state.m, state.n);
                    }
                },
                parameters_[i]);
        }
    }

    /// Number of steps done.
    std::uint64_t steps() const { return steps_; }

    /// Calls visit(name, tensor) for every tensor that the optimizer keeps: what a checkpoint holds.
    template <class Visit>
    void for_each_state(Visit&& visit) {
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            visit(addresses_[i].state(0), states_[i].m);
            visit(addresses_[i].state(1), states_[i].n);
            if (settings_.amsgrad) visit(addresses_[i].state(2), states_[i].largest);
        }
    }
    /// The number of steps done, when the tensors were put back.
    void resume_at(std::uint64_t steps) {
        beta1_power_ = beta2_power_ = 1;
        for (steps_ = 0; steps_ < steps; ++steps_) {
            beta1_power_ = exact_product(beta1_power_, settings_.beta1);
            beta2_power_ = exact_product(beta2_power_, settings_.beta2);
        }
    }

  private:
    struct State {
        Moment m;
        SecondMoment n;
        SecondMoment largest;
    };

    static void check(const AdamSettings& settings) {
        const auto require = [](bool holds, const char* name, double value, const char* expected) {
            if (holds) return;
            throw ArgumentError(std::string("Adam: ") + name + " " + std::to_string(value) + ", expected " + expected);
        };
        const auto& s = settings;
        require(s.learning_rate > 0, "learning rate", s.learning_rate, "a number above 0");
        require(s.beta1 >= 0 && s.beta1 < 1, "beta1", s.beta1, "0 <= beta1 < 1");
        require(s.beta2 >= 0 && s.beta2 < 1, "beta2", s.beta2, "0 <= beta2 < 1");
        require(s.epsilon >= 0, "epsilon", s.epsilon, "0 or more");
        require(s.weight_decay >= 0, "weight decay", s.weight_decay, "0 or more");
        require(s.max_norm >= 0, "largest norm", s.max_norm, "0 or more");
    }

    A* arithmetic_;
    std::vector<AnyParameter<A>> parameters_;
    AdamSettings settings_;
    std::vector<State> states_;
    std::vector<LogAddress> addresses_;
    double beta1_power_ = 1;
    double beta2_power_ = 1;
    std::uint64_t steps_ = 0;
};

} // namespace fxp::optim
