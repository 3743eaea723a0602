// What training costs, without the tests between: one epoch of the reference model, and a few batches of an LSTM with
// 128 hidden numbers and full matrices. The reference recipe ("fixed"), one of 16-bit words, and the float twin; wall
// time, randomly interleaved repetitions; one thread unless the name says otherwise (the twin has no threads).
//
//   bench_reference_epoch [DATA_DIR] [benchmark flags]
//
// Without DATA_DIR the images are random ones of USPS10's shape: the time of an epoch does not depend on what they
// show. The larger model sees random images in any case.
#include "bench/flags.hpp"
#include "bench/words16.hpp"
#include "usps10/trainer.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/autograd/float_arithmetic.hpp>
#include <fxp/data/folder.hpp>
#include <fxp/recipes/reference.hpp>

#include <Eigen/Core>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using fxp::recipes::Reference;

fxp::Dataset random_images(std::size_t samples) {
    fxp::Dataset data{"random images", 16, 16, 10, std::vector<double>(samples * 256), std::vector<int>(samples)};
    const fxp::RandomStream stream{1, 0, 0, fxp::RandomUse::user};
    for (std::size_t i = 0; i < data.pixels.size(); ++i) data.pixels[i] = stream.word(i) * 0x1p-31 - 1;
    for (std::size_t n = 0; n < samples; ++n) data.labels[n] = static_cast<int>(stream.word(n) % 10);
    return data;
}

struct Model {
    std::size_t hidden;
    std::size_t rank_w;
    int threads;
};

constexpr Model reference{10, 4, 1};
constexpr Model large{128, 0, 1};
constexpr Model large_in_two_threads{128, 0, 2};

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

/// Rows of an arithmetic and its recipe, called `numbers`.
template <class A, class Recipe>
void add(const std::string& numbers, const fxp::TrainTest& data, const fxp::TrainTest& few, bool threads) {
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

} // namespace

int main(int argc, char** argv) {
    try {
        fxp::TrainTest data{random_images(7291), random_images(2007), false};
        const fxp::TrainTest few{random_images(8 * Reference::batch), random_images(1), false};
        if (argc > 1 && argv[1][0] != '-') {
            data = fxp::read_folder(argv[1]);
            for (int i = 1; i + 1 < argc; ++i) argv[i] = argv[i + 1];
            --argc;
        }
        if (!bench::initialize(argc, argv)) return 2;
        Eigen::setNbThreads(1); // it would share the larger products out otherwise
        // One line per recipe; tools/bench/rows.py knows them by name.
        add<fxp::FixedArithmetic<Reference>, Reference>("fixed", data, few, true);
        add<fxp::FixedArithmetic<bench::Words16>, bench::Words16>("16 bits", data, few, true);
        add<fxp::FloatArithmetic<float>, Reference>("float twin", data, few, false);
        benchmark::RunSpecifiedBenchmarks();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_reference_epoch: %s\n", error.what());
        return 1;
    }
}
