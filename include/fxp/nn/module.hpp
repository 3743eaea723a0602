// Module: a model's parameters, and the modules it is made of.
#pragma once

#include "fxp/autograd/tape.hpp"

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

    /// Forgets the gradients of all parameters: the next step begins new sums.
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

} // namespace fxp::nn
