// What makes a run reproducible, and how far it has come.
#pragma once

#include "model_settings.hpp"

#include <fxp/optim/learning_rate.hpp>
#include <fxp/tensor/overflow_log.hpp>
#include <fxp/tensor/range_log.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace usps10 {

/// Fixed for the whole run; kept in the checkpoint.
struct Settings {
    std::string recipe;
    std::vector<std::string> formats; ///< chosen at run time, all roles' "ROLE=WORD.FRACTION:RANGE:ROUNDING"; else none
    std::size_t batch = 0;
    std::string model = "lstm"; ///< one of model_names
    std::size_t hidden = 10;
    std::size_t rank_w = 4;
    std::size_t rank_u = 0;
    std::size_t layers = 1;
    bool bidirectional = false;
    double learning_rate = 0; ///< at its highest
    std::string schedule;     ///< of the learning rate: constant, step, cosine
    std::size_t epochs = 0;   ///< over which the schedule runs
    std::size_t warmup = 0;   ///< epochs over which the learning rate rises
    double weight_decay = 0;
    double label_smoothing = 0;
    double max_norm = 0; ///< of a step's gradients; 0 for any
    std::uint64_t seed = 0;
    bool shuffle = true;
    bool shifts = false; ///< every training image moves by random_shift of seed, epoch and sample
};

/// The model of the settings, which are in bounds.
inline ModelSettings model_settings(const Settings& s) {
    return {model_kind(s.model).value(), s.hidden, s.rank_w, s.rank_u, s.layers, s.bidirectional};
}

/// The settings of a run without flags: what the recipe says, and the published model's sizes.
template <class Recipe>
Settings default_settings() {
    Settings settings;
    settings.recipe = Recipe::name;
    settings.batch = Recipe::batch;
    settings.learning_rate = Recipe::optimizer.learning_rate;
    settings.schedule = fxp::optim::schedule_name(Recipe::schedule);
    settings.epochs = Recipe::epochs;
    if constexpr (requires { Recipe::optimizer.weight_decay; }) {
        settings.weight_decay = Recipe::optimizer.weight_decay;
        settings.max_norm = Recipe::optimizer.max_norm;
    }
    if constexpr (requires { Recipe::loss.label_smoothing; }) settings.label_smoothing = Recipe::loss.label_smoothing;
    return settings;
}

/// Bounds of the settings.
inline constexpr std::size_t max_count = 1000000;
inline constexpr std::size_t max_layers = 100;
inline constexpr double min_learning_rate = 1e-12;
inline constexpr double max_learning_rate = 1e3;
inline constexpr double max_weight_decay = 1e3;
inline constexpr double max_label_smoothing = 0.9;
inline constexpr double max_norm = 1e6;

inline bool in_bounds(const Settings& s) {
    const auto kind = model_kind(s.model);
    if (!kind || s.layers < 1 || s.layers > max_layers) return false;
    if (kind == ModelKind::mlp && (s.rank_w > 0 || s.rank_u > 0 || s.bidirectional)) return false;
    return s.batch >= 1 && s.batch <= max_count && s.hidden >= 1 && s.hidden <= max_count && s.rank_w <= max_count &&
           s.rank_u <= max_count && s.learning_rate >= min_learning_rate && s.learning_rate <= max_learning_rate &&
           (s.schedule == "constant" || s.schedule == "step" || s.schedule == "cosine") && s.epochs <= max_count &&
           s.warmup <= max_count && s.weight_decay >= 0 && s.weight_decay <= max_weight_decay &&
           s.label_smoothing >= 0 && s.label_smoothing <= max_label_smoothing && s.max_norm >= 0 &&
           s.max_norm <= max_norm;
}

/// Results of one epoch. Train figures are those of the batches as they were trained on; test figures are of the whole
/// test set after the epoch. `seconds` is the time spent training, without the test.
struct EpochRow {
    std::size_t epoch = 0;
    double train_loss = 0;
    double train_accuracy = 0;
    double test_loss = 0;
    double test_accuracy = 0;
    double seconds = 0;
    std::uint64_t overflow_events = 0; ///< since the run began
};

/// Where a run stands; kept in the checkpoint. A run stopped in the middle of an epoch goes on at the next batch.
struct Progress {
    std::size_t epoch = 0; ///< epochs completed
    std::size_t step = 0;  ///< batches trained in all
    std::size_t batch = 0; ///< batches trained of the current epoch
    // Of the current epoch so far:
    std::size_t samples = 0;
    std::size_t correct = 0;
    double loss_sum = 0; ///< over samples
    double seconds = 0;
    std::vector<EpochRow> history;
};

} // namespace usps10
