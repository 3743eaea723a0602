// Rows of bench_reference_epoch: epochs of a model in some arithmetic.
#pragma once

#include "bench/flags.hpp"
#include "usps10/trainer.hpp"

#include <fxp/data/folder.hpp>

#include <string>

namespace bench {

struct Model {
    std::size_t hidden;
    std::size_t rank_w;
    int threads;
};

inline constexpr Model reference{10, 4, 1};
inline constexpr Model large{128, 0, 1};
inline constexpr Model large_in_two_threads{128, 0, 2};

template <class A, class Recipe>
void epoch(benchmark::State& state, const Model& model, const fxp::TrainTest& data) {
    usps10::Settings settings = usps10::default_settings<Recipe>();
    settings.hidden = model.hidden;
    settings.rank_w = model.rank_w;
    usps10::Trainer<A, Recipe> trainer(settings, A(settings.seed, model.threads), data.train, data.test);
    const auto train_epoch = [&] {
        while (!trainer.epoch_complete()) trainer.train_batch();
        trainer.finish_epoch();
    };
    train_epoch();
    for (auto _ : state) {
        train_epoch();
        state.SetIterationTime(trainer.progress().history.back().seconds);
    }
    state.counters["steps"] = static_cast<double>(trainer.batches_per_epoch());
    state.counters["s/step"] =
        benchmark::Counter(static_cast<double>(trainer.batches_per_epoch()),
                           benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

/// Adds the rows of an arithmetic and its recipe, called `numbers`; with `threads`, also one in two threads. The
/// datasets must outlive the runs.
template <class A, class Recipe>
void add_training_steps(const std::string& numbers, const fxp::TrainTest& data, const fxp::TrainTest& few,
                        bool threads) {
    const auto row = [](const std::string& name, const Model& model, const fxp::TrainTest& images) {
        benchmark::RegisterBenchmark(name.c_str(),
                                     [&images, model](auto& state) { epoch<A, Recipe>(state, model, images); })
            ->Unit(benchmark::kMillisecond)
            ->UseManualTime();
    };
    row("reference epoch, " + numbers, reference, data);
    row("hidden 128, " + numbers, large, few);
    if (threads) row("hidden 128, " + numbers + ", 2 threads", large_in_two_threads, few);
}

/// The float twins' rows. They stand in a source of their own, which is compiled for this processor.
void add_float_twins(const fxp::TrainTest& data, const fxp::TrainTest& few);

} // namespace bench
