// What training costs, without the tests between: one epoch of the reference model, and a few batches of an LSTM with
// 128 hidden numbers and full matrices. The recipes `reference` ("fixed") and q16, q16 with all rounding to nearest,
// and the recipes' float twins, compiled for this processor; wall time, randomly interleaved repetitions; one thread
// unless the name says otherwise (the twins have no threads).
//
//   bench_reference_epoch [DATA_DIR] [benchmark flags]
//
// Without DATA_DIR the images are random ones of USPS10's shape: the time of an epoch does not depend on what they
// show. The larger model sees random images in any case.
#include "bench/training_step.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/data/folder.hpp>
#include <fxp/recipes/q16.hpp>
#include <fxp/recipes/reference.hpp>

#include <Eigen/Core>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using fxp::recipes::Q16;
using fxp::recipes::Reference;

struct Q16ToNearest : Q16 {
    static constexpr fxp::Rounding rounding(fxp::RoundingPlace, std::string_view) {
        return fxp::Rounding::nearest_even;
    }
};

fxp::Dataset random_images(std::size_t samples) {
    fxp::Dataset data{"random images", 16, 16, 10, std::vector<double>(samples * 256), std::vector<int>(samples)};
    const fxp::RandomStream stream{1, 0, 0, fxp::RandomUse::user};
    for (std::size_t i = 0; i < data.pixels.size(); ++i) data.pixels[i] = stream.word(i) * 0x1p-31 - 1;
    for (std::size_t n = 0; n < samples; ++n) data.labels[n] = static_cast<int>(stream.word(n) % 10);
    return data;
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
        // tools/bench/rows.py knows them by name.
        bench::add_training_steps<fxp::FixedArithmetic<Reference>, Reference>("fixed", data, few, true);
        bench::add_training_steps<fxp::FixedArithmetic<Q16>, Q16>("q16", data, few, true);
        bench::add_training_steps<fxp::FixedArithmetic<Q16ToNearest>, Q16ToNearest>("q16 to nearest", data, few, false);
        bench::add_float_twins(data, few);
        benchmark::RunSpecifiedBenchmarks();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_reference_epoch: %s\n", error.what());
        return 1;
    }
}
