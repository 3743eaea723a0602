// ReferenceAdam: Adam with every product rounded, as the published artifact has it.
#pragma once

#include "fxp/autograd/tape.hpp"
#include "fxp/optim/log_address.hpp"
#include "fxp/optim/public_real.hpp"
#include "fxp/tensor/terms.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace fxp::optim {

/// Numbers of ReferenceAdam; the defaults are the artifact's.
struct ReferenceAdamSettings {
    double learning_rate = 0.01; ///< above 0
    double beta1 = 0.9;          ///< share of the first moment that stays, in [0, 1)
    double beta2 = 0.999;        ///< share of the second moment that stays, in [0, 1)
    /// Added to the second moment, inside the square root (unlike PyTorch, which adds its epsilon outside).
    double epsilon = 1e-8;
};

/// First and second moment of one parameter, in the moment format.
template <class A>
struct ReferenceAdamMoments {
    typename A::template Tensor<Role::moment> m; ///< averages of gradients
    typename A::template Tensor<Role::moment> n; ///< averages of their squares
};

/// Per entry, with every product rounded for itself:
///   m = b1 m + (1 - b1) g;  n = b2 n + ((1 - b2) g) g;  w = w + (-a_t m) rsqrt(n + e);
///   a_t = learning_rate sqrt(1 - b2^t) / (1 - b1^t), public, in IEEE double.
/// b1, b2, e and a_t are rounded to the moment format, b1 and b2 to at most one step below 1, e and a_t to at least one
/// step. Reads the parameters' gradients as they are summed, wide and unrounded. Enters parameters, their gradients and
/// moments into the range log.
template <class A>
class ReferenceAdam {
  public:
    /// The arithmetic and the parameters' module must outlive the optimizer. Throws ArgumentError unless
    /// learning_rate > 0, 0 <= beta < 1 and epsilon >= 0.
    ReferenceAdam(A& arithmetic, std::vector<AnyParameter<A>> parameters, const ReferenceAdamSettings& settings = {})
        : arithmetic_(&arithmetic), parameters_(std::move(parameters)), moments_(parameters_.size()),
          learning_rate_(settings.learning_rate) {
        using R = Role;
        check(settings);
        const double step = arithmetic.template resolution<R::moment>();
        const auto below_one = [&](double beta) {
            return arithmetic.template scalar<R::moment>("beta", std::min(beta, 1 - step));
        };
        beta1_ = below_one(settings.beta1);
        beta2_ = below_one(settings.beta2);
        // Exact: one and beta are both multiples of the format's step.
        one_minus_beta1_ = arithmetic.template scalar<R::moment>("1 - beta1", 1 - beta1_.to_real());
        one_minus_beta2_ = arithmetic.template scalar<R::moment>("1 - beta2", 1 - beta2_.to_real());
        epsilon_ = arithmetic.template scalar<R::moment>("epsilon", std::max(settings.epsilon, step));
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            std::visit(
                [&](const auto* parameter) {
                    moments_[i].m = Moment(parameter->shape());
                    moments_[i].n = Moment(parameter->shape());
                },
                parameters_[i]);
            addresses_.emplace_back(arithmetic, parameters_[i], "adam",
                                    std::vector<StateName>{{"m", Role::moment}, {"n", Role::second_moment}});
        }
    }

    /// Updates every parameter that has a gradient. Takes gradients as they are: throws ArgumentError for another scale
    /// than 1.
    void step(double scale = 1) {
        if (scale != 1) {
            throw ArgumentError("ReferenceAdam: a scale of " + std::to_string(scale) + ", expected 1: a loss of means");
        }
        beta1_power_ = exact_product(beta1_power_, beta1_.to_real());
        beta2_power_ = exact_product(beta2_power_, beta2_.to_real());
        ++steps_;
        const double unbiased = exact_product(learning_rate_, std::sqrt(1 - beta2_power_)) / (1 - beta1_power_);
        const double rate = std::max(unbiased, arithmetic_->template resolution<Role::moment>());
        const Scalar minus_rate = arithmetic_->template scalar<Role::moment>("rate", -rate);
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            std::visit([&](auto* parameter) { update(*parameter, moments_[i], addresses_[i], minus_rate); },
                       parameters_[i]);
        }
    }

    /// Number of steps done.
    std::uint64_t steps() const { return steps_; }
    /// In the order of the parameters.
    const std::vector<ReferenceAdamMoments<A>>& moments() const { return moments_; }
    /// For the steps to come.
    void set_learning_rate(double rate) { learning_rate_ = rate; }

    /// Calls visit(name, tensor) for every tensor that the optimizer keeps: what a checkpoint holds.
    template <class Visit>
    void for_each_state(Visit&& visit) {
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            visit(addresses_[i].state(0), moments_[i].m);
            visit(addresses_[i].state(1), moments_[i].n);
        }
    }
    /// The number of steps done, when the tensors were put back.
    void resume_at(std::uint64_t steps) {
        beta1_power_ = beta2_power_ = 1;
        for (steps_ = 0; steps_ < steps; ++steps_) {
            beta1_power_ = exact_product(beta1_power_, beta1_.to_real());
            beta2_power_ = exact_product(beta2_power_, beta2_.to_real());
        }
    }

  private:
    using Moment = typename A::template Tensor<Role::moment>;
    using Scalar = typename A::template Scalar<Role::moment>;

    static void check(const ReferenceAdamSettings& settings) {
        const auto refuse = [](const char* name, double value, const char* expected) {
            throw ArgumentError(std::string("ReferenceAdam: ") + name + " " + std::to_string(value) + ", expected " +
                                expected);
        };
        if (!(settings.learning_rate > 0)) refuse("learning rate", settings.learning_rate, "a number above 0");
        if (!(settings.beta1 >= 0 && settings.beta1 < 1)) refuse("beta1", settings.beta1, "0 <= beta1 < 1");
        if (!(settings.beta2 >= 0 && settings.beta2 < 1)) refuse("beta2", settings.beta2, "0 <= beta2 < 1");
        if (!(settings.epsilon >= 0)) refuse("epsilon", settings.epsilon, "0 or more");
    }

    template <Role R>
    void update(Parameter<A, R>& parameter, ReferenceAdamMoments<A>& moments, const LogAddress& address,
                const Scalar& minus_rate) {
        if (!parameter.has_gradient()) return;
        const auto& g = parameter.gradient();
        const auto combine = [&](const char* operation, auto& out, const auto&... terms) {
            arithmetic_->combine(RoundingPlace::update, address.update(), operation, out, terms...);
        };
        combine("adam.m", decayed_, elementwise(beta1_, moments.m));
        combine("adam.m", fresh_, elementwise(one_minus_beta1_, g));
        combine("adam.m", moments.m, plus(decayed_), plus(fresh_));

        combine("adam.n", decayed_, elementwise(beta2_, moments.n));
        combine("adam.n", fresh_, elementwise(one_minus_beta2_, g));
        combine("adam.n", fresh_, elementwise(fresh_, g));
        combine("adam.n", moments.n, plus(decayed_), plus(fresh_));

        combine("adam.n", decayed_, plus(moments.n), plus(epsilon_));
        arithmetic_->rsqrt(address.update(), decayed_, decayed_);
        combine("adam.w", fresh_, elementwise(minus_rate, moments.m));
        combine("adam.w", fresh_, elementwise(fresh_, decayed_));
        combine("adam.w", parameter.value(), plus(parameter.value()), plus(fresh_));

        address.observe(*arithmetic_, parameter, moments.m, moments.n);
    }

    A* arithmetic_;
    std::vector<AnyParameter<A>> parameters_;
    std::vector<ReferenceAdamMoments<A>> moments_;
    std::vector<LogAddress> addresses_;
    double learning_rate_;
    Scalar beta1_;
    Scalar beta2_;
    Scalar one_minus_beta1_;
    Scalar one_minus_beta2_;
    Scalar epsilon_;
    double beta1_power_ = 1;
    double beta2_power_ = 1;
    std::uint64_t steps_ = 0;
    Moment decayed_;
    Moment fresh_;
};

} // namespace fxp::optim
