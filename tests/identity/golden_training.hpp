// The training of a case of golden_run, and the state it ends in as text.
#pragma once

#include "golden_case.hpp"
#include "usps10/trainer.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/tensor/overflow_log.hpp>

#include <cstdio>
#include <string>
#include <variant>

namespace identity {

/// The elements of a tensor, each in a line "NAME INDEX RAW" in decimal: text has no byte order.
template <class Tensor>
void print(std::string& text, const std::string& name, const Tensor& tensor) {
    std::size_t index = 0;
    for (const auto raw : tensor.elements()) {
        text += name + " " + std::to_string(index++) + " " + std::to_string(static_cast<long long>(raw)) + "\n";
    }
}

/// "overflow OPERATION TENSOR FIRST_STEP LAST_STEP COUNT WORST"; 17 digits tell every double.
inline void print(std::string& text, const fxp::OverflowRow& row) {
    char worst[32];
    std::snprintf(worst, sizeof worst, "%.17g", row.worst_value);
    text += "overflow " + row.operation + " " + row.tensor + " " + std::to_string(row.first_step) + " " +
            std::to_string(row.last_step) + " " + std::to_string(row.count) + " " + worst + "\n";
}

template <class Recipe>
std::string run(const Case& what, const fxp::TrainTest& data, int threads) {
    using Arithmetic = fxp::FixedArithmetic<Recipe>;
    usps10::Settings settings = usps10::default_settings<Recipe>();
    settings.model = usps10::model_names[static_cast<std::size_t>(what.model.kind)];
    settings.hidden = what.model.hidden;
    settings.rank_w = what.model.rank_w;
    settings.rank_u = what.model.rank_u;
    settings.layers = what.model.layers;
    settings.bidirectional = what.model.bidirectional;
    settings.batch = what.batch;
    settings.seed = 1;
    if (what.regularized) {
        settings.weight_decay = 0.01;
        settings.max_norm = 0.125;
        settings.warmup = 1;
        settings.shifts = true;
    }

    usps10::Trainer<Arithmetic, Recipe> trainer(settings, Arithmetic(settings.seed, threads), data.train, data.test);
    for (std::size_t step = 0; step < what.steps; ++step) trainer.train_batch();

    std::string text;
    for (const auto& any : trainer.model().parameters()) {
        std::visit([&](const auto* parameter) { print(text, parameter->name(), parameter->value()); }, any);
    }
    trainer.optimizer().for_each_state([&](const std::string& name, const auto& tensor) { print(text, name, tensor); });
    for (const fxp::OverflowRow& row : trainer.arithmetic().overflow_log().rows()) print(text, row);
    return text;
}

} // namespace identity
