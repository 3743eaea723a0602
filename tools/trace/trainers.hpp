// What tracer.hpp declares, for the sources that instantiate it, one for each recipe.
#pragma once

#include "traced_arithmetic.hpp"
#include "tracer.hpp"

#include "usps10/checkpoint.hpp"
#include "usps10/trainer.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace fxp::trace {

namespace detail {

/// Calls visit(name, tensor) for the parameters, then for the moments.
template <class Trainer, class F>
void for_each_tensor(Trainer& trainer, F&& visit) {
    for (const auto& any : trainer.model().parameters()) {
        std::visit([&](auto* parameter) { visit(parameter->name(), parameter->value()); }, any);
    }
    trainer.optimizer().for_each_state(visit);
}

template <class Trainer>
void observe_parameters(Trainer& trainer) {
    auto& arithmetic = trainer.arithmetic();
    for (const auto& any : trainer.model().parameters()) {
        std::visit([&](const auto* p) { arithmetic.observe(arithmetic.range_log().slot(p->name()), p->value()); }, any);
    }
}

/// Parameters and moments of a fixed-point trainer for one in floating point.
template <class Fixed, class Float>
void copy_state(Fixed& from, Float& to) {
    std::vector<std::vector<double>> values;
    for_each_tensor(from, [&](const std::string&, const auto& tensor) { values.push_back(tensor.to_real()); });
    auto next = values.begin();
    for_each_tensor(to, [&](const std::string&, auto& tensor) {
        std::copy(next->begin(), next->end(), tensor.data());
        ++next;
    });
}

template <class Trainer>
void plant(const Plant& error, Trainer& trainer) {
    std::string names;
    for (const auto& any : trainer.model().parameters()) {
        const bool found = std::visit(
            [&](auto* parameter) {
                names += (names.empty() ? "" : ", ") + parameter->name();
                if (parameter->name() != error.parameter) return false;
                auto& value = parameter->value();
                const std::int64_t moved = *value.data() + error.ulps;
                if (std::abs(moved) > value.format.max_raw()) {
                    throw ArgumentError("--plant " + error.parameter + "=" + std::to_string(error.ulps) +
                                        ": no room in its format, expected a smaller number");
                }
                *value.data() = static_cast<std::remove_cvref_t<decltype(*value.data())>>(moved);
                return true;
            },
            any);
        if (found) return;
    }
    throw ArgumentError("--plant " + error.parameter + ": no such parameter, expected one of " + names);
}

} // namespace detail

template <class Recipe>
void trace(const usps10::Settings& settings, const Course& course, const TrainTest& data, const Visit& visit) {
    using Fixed = usps10::Trainer<TracedFixed<Recipe>, Recipe>;
    using Float = usps10::Trainer<TracedFloat, Recipe>;
    const std::array<std::size_t, 1> any{0};
    const Dataset test = subset(data.train, any); // the end of an epoch tests; nobody asks for the result
    Fixed fixed(settings, TracedFixed<Recipe>(settings.seed), data.train, test);
    Float approximate(settings, TracedFloat(&real_functions<typename Recipe::Activations>()), data.train, test);
    Float real(settings, TracedFloat(), data.train, test);

    const auto in_all = [&](auto&& f) {
        f(fixed);
        f(approximate);
        f(real);
    };
    const auto synchronize = [&] {
        detail::copy_state(fixed, approximate);
        detail::copy_state(fixed, real);
    };
    const auto show = [&](std::size_t step) {
        visit(step, {fixed.arithmetic().trace(), approximate.arithmetic().trace(), real.arithmetic().trace()});
    };
    if (course.init) usps10::take_parameters(read_safetensors(*course.init), course.init->string(), fixed);
    synchronize();
    if (course.plant) detail::plant(*course.plant, fixed);
    in_all([](auto& trainer) { detail::observe_parameters(trainer); });
    show(0);
    for (std::size_t step = 1; step <= course.steps; ++step) {
        if (course.synchronize && step > 1) synchronize();
        in_all([](auto& trainer) {
            trainer.train_batch();
            if (trainer.epoch_complete()) trainer.finish_epoch();
        });
        show(step);
    }
}

} // namespace fxp::trace
