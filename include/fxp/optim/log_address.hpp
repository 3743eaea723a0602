// LogAddress: under which names the logs know a parameter and what an optimizer keeps for it.
#pragma once

#include "fxp/autograd/role.hpp"
#include "fxp/autograd/variable.hpp"
#include "fxp/tensor/range_log.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fxp::optim {

/// A tensor that an optimizer keeps for each parameter: its name, as "m", and role.
struct StateName {
    std::string_view name; ///< unique in an optimizer
    Role role;             ///< whose format it has
};

/// The addresses of one parameter: "NAME" for its value and "dNAME" for its gradient in the range log,
/// "OPTIMIZER.STATE.NAME" for the tensors kept beside it, "OPTIMIZER.NAME" for events of its update.
class LogAddress {
  public:
    /// Enters the addresses into the arithmetic's range log; `optimizer` is its name in them.
    template <class A>
    LogAddress(A& arithmetic, const AnyParameter<A>& any, std::string_view optimizer,
               const std::vector<StateName>& states) {
        const std::string prefix = std::string(optimizer) + ".";
        std::visit(
            [&]<Role R>(const Parameter<A, R>* parameter) {
                RangeLog& ranges = arithmetic.range_log();
                const std::string& name = parameter->name();
                update_ = prefix + name;
                value_ = ranges.slot(name, role_name(R));
                gradient_ = ranges.slot("d" + name, gradient_role_name(R));
                for (const StateName& state : states) {
                    names_.push_back(prefix + std::string(state.name) + "." + name);
                    slots_.push_back(ranges.slot(names_.back(), role_name(state.role)));
                }
            },
            any);
    }

    /// Of the update's events in the overflow log.
    const std::string& update() const { return update_; }
    /// Of the k-th state.
    const std::string& state(std::size_t k) const { return names_[k]; }

    /// Enters what a step left into the range log; the states in their order.
    template <class A, class P, class... States>
    void observe(A& arithmetic, const P& parameter, const States&... states) const {
        arithmetic.observe(gradient_, parameter.gradient());
        arithmetic.observe(value_, parameter.value());
        std::size_t k = 0;
        (arithmetic.observe(slots_[k++], states), ...);
    }

  private:
    std::string update_;
    std::size_t value_ = 0;
    std::size_t gradient_ = 0;
    std::vector<std::string> names_;
    std::vector<std::size_t> slots_;
};

} // namespace fxp::optim
