// Module: a model's parameters, and the modules it is made of.
#pragma once

#include "fxp/autograd/tape.hpp"
#include "fxp/core/random.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fxp::nn {

/// Base of layers and models. A derived class holds its layers and parameters as members and registers each once, in
/// its constructor, under distinct names (ArgumentError); registration order is the order of parameters everywhere
/// (initial values, optimizers, checkpoints). Not copyable and not movable, since it keeps pointers to its members.
template <class A>
class Module {
  public:
    Module() = default;
    Module(const Module&) = delete;
    Module& operator=(const Module&) = delete;

    /// All parameters, this module's and its children's, in registration order.
    std::vector<AnyParameter<A>> parameters() const { return parameters_; }

    void zero_grad() {
        for (const AnyParameter<A>& any : parameters_) {
            std::visit([](auto* parameter) { parameter->zero_grad(); }, any);
        }
    }

    /// Number of learnt values.
    std::size_t parameter_count() const {
        std::size_t count = 0;
        for (const AnyParameter<A>& any : parameters_) {
            count += std::visit([](const auto* parameter) { return parameter->shape().size(); }, any);
        }
        return count;
    }

  protected:
    ~Module() = default;

    template <Role R>
    void add(Parameter<A, R>& parameter) {
        append(&parameter);
    }
    void add(Module& child) {
        for (const AnyParameter<A>& any : child.parameters_) append(any);
    }

  private:
    static const std::string& name_of(const AnyParameter<A>& any) {
        return std::visit([](const auto* parameter) -> const std::string& { return parameter->name(); }, any);
    }
    void append(const AnyParameter<A>& added) {
        for (const AnyParameter<A>& any : parameters_) {
            if (name_of(any) != name_of(added)) continue;
            throw ArgumentError("Module: two parameters are named '" + name_of(added) + "', expected distinct names");
        }
        parameters_.push_back(added);
    }

    std::vector<AnyParameter<A>> parameters_;
};

/// Sets every parameter to independent, approximately normal values of mean 0 and the given standard deviation.
/// The reals are functions of (seed, parameter number, element) alone, so that twins start alike; each arithmetic then
/// rounds them to its own format. Reals: irwin_hall_normal * 2^-32 * deviation, one exactly rounded product.
template <class A>
void initialize_normal(Module<A>& module, A& arithmetic, std::uint64_t seed, double deviation) {
    std::uint32_t number = 0;
    for (const AnyParameter<A>& any : module.parameters()) {
        const RandomStream stream{seed, 0, number++, RandomUse::initial_value};
        std::visit(
            [&]<Role R>(Parameter<A, R>* parameter) {
                std::vector<double> values(parameter->shape().size());
                for (std::size_t i = 0; i < values.size(); ++i) {
                    values[i] = static_cast<double>(irwin_hall_normal(stream, i)) * (deviation * 0x1p-32);
                }
                parameter->value() = arithmetic.template from_real<R>(parameter->name(), parameter->shape(), values);
            },
            any);
    }
}

} // namespace fxp::nn
