// What the training of one epoch of the reference recipe costs, without the test after it: the fixed-point trainer and
// its float twin, one thread, randomly interleaved repetitions.
//
//   bench_reference_epoch [DATA_DIR] [benchmark flags]
//
// Without DATA_DIR the images are random ones of USPS10's shape: the time of an epoch does not depend on what they
// show.
#include "bench/flags.hpp"
#include "bench/words16.hpp"
#include "usps10/trainer.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/autograd/float_arithmetic.hpp>
#include <fxp/data/folder.hpp>
#include <fxp/recipes/reference.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>
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

template <class A, class Recipe>
void epoch(benchmark::State& state, const fxp::TrainTest& data) {
    usps10::Trainer<A, Recipe> trainer(usps10::default_settings<Recipe>(), 1, data.train, data.test);
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

} // namespace

int main(int argc, char** argv) {
    try {
        fxp::TrainTest data{random_images(7291), random_images(2007), false};
        if (argc > 1 && argv[1][0] != '-') {
            data = fxp::read_folder(argv[1]);
            for (int i = 1; i + 1 < argc; ++i) argv[i] = argv[i + 1];
            --argc;
        }
        if (!bench::initialize(argc, argv)) return 2;
        const auto add = [&](const char* name, auto function) {
            benchmark::RegisterBenchmark(name, [&data, function](benchmark::State& state) { function(state, data); })
                ->Unit(benchmark::kMillisecond)
                ->UseManualTime();
        };
        add("reference epoch, fixed", epoch<fxp::FixedArithmetic<Reference>, Reference>);
        add("16-bit epoch, fixed", epoch<fxp::FixedArithmetic<bench::Words16>, bench::Words16>);
        add("reference epoch, float twin", epoch<fxp::FloatArithmetic<float>, Reference>);
        benchmark::RunSpecifiedBenchmarks();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_reference_epoch: %s\n", error.what());
        return 1;
    }
}
