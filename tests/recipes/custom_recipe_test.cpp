// A recipe of one's own: narrow activations, stochastic rounding, weight gradients summed exactly over time and batch.
#include "support/catch.hpp"

#include "usps10/trainer.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/data/csv_digits.hpp>
#include <fxp/recipes/reference.hpp>

#include <string>

namespace custom_recipe_test {

namespace {

/// 24-bit activations and weights. A weight gradient keeps every bit of dz * x: its contribution is not rounded at all.
template <fxp::Rounding rule>
struct Narrow {
    static constexpr std::string_view name = "narrow";
    using Activation = fxp::Q<6, 18>;
    using Weight = fxp::Q<4, 20>;
    using Bias = fxp::Q<4, 20>;
    using Moment = fxp::Q<8, 24>;
    template <fxp::Role R>
    using Gradient = std::conditional_t<R == fxp::Role::weight, fxp::Q<24, 40>, fxp::Q<40, 22>>;
    template <fxp::Role R>
    using Contribution =
        std::conditional_t<R == fxp::Role::activation || R == fxp::Role::logit, fxp::Q<10, 22>, Gradient<R>>;
    using Activations = fxp::ReferenceActivations;
    /// The weights themselves are always rounded to nearest, whatever the rest does.
    static constexpr fxp::Rounding rounding(fxp::RoundingPlace, std::string_view operation) {
        return operation == "adam.w" ? fxp::Rounding::nearest_even : rule;
    }
    static constexpr std::size_t batch = 128;
    static constexpr std::size_t epochs = 1;
    template <class A>
    using Optimizer = fxp::optim::ReferenceAdam<A>;
    static constexpr fxp::optim::ReferenceAdamSettings optimizer{0.01, 0.9, 0.999, 1e-8};
    static constexpr fxp::nn::NormalValues initial{0.1};
    static constexpr fxp::nn::MeanSquaredError loss{2};
};

std::pair<fxp::Dataset, fxp::Dataset> digits() {
    return fxp::split_every(fxp::read_csv_digits(FXP_SOURCE_DIR "/data/optdigits/digits.csv"), 5);
}

template <class Recipe>
using Trainer = usps10::Trainer<fxp::FixedArithmetic<Recipe>, Recipe>;

/// All parameters' raw values, one after the other.
template <class Model>
std::vector<std::int64_t> raw_parameters(Model& model) {
    std::vector<std::int64_t> all;
    for (const auto& any : model.parameters()) {
        std::visit(
            [&](const auto* p) { all.insert(all.end(), p->value().data(), p->value().data() + p->value().size()); },
            any);
    }
    return all;
}

} // namespace

TEST_CASE("a recipe with exact weight gradients and stochastic rounding trains") {
    using Recipe = Narrow<fxp::Rounding::stochastic>;
    const auto [train, test] = digits();
    Trainer<Recipe> trainer(usps10::default_settings<fxp::recipes::Reference>(), fxp::FixedArithmetic<Recipe>(), train,
                            test);
    const double before = trainer.evaluate_test().loss;
    for (int step = 0; step < 840; ++step) {
        if (trainer.epoch_complete()) trainer.finish_epoch();
        trainer.train_batch();
    }
    const auto after = trainer.evaluate_test();
    INFO("loss " << before << " -> " << after.loss << ", correct " << after.correct << " of " << test.size());
    CHECK(after.loss < 0.5 * before);
    CHECK(after.correct > test.size() / 2);
    for (const fxp::OverflowRow& row : trainer.arithmetic().overflow_log().rows()) CHECK(row.operation == "rsqrt");
}

TEST_CASE("the parameters do not depend on the number of threads, also with stochastic rounding") {
    using Recipe = Narrow<fxp::Rounding::stochastic>;
    const auto [train, test] = digits();
    usps10::Settings wide = usps10::default_settings<fxp::recipes::Reference>();
    wide.hidden = 96; // large enough for a product to be shared among threads
    wide.rank_w = 0;
    std::vector<std::vector<std::int64_t>> results;
    for (const int threads : {1, 2, 7}) {
        Trainer<Recipe> trainer(wide, fxp::FixedArithmetic<Recipe>(wide.seed, threads), train, test);
        for (int step = 0; step < 3; ++step) trainer.train_batch();
        results.push_back(raw_parameters(trainer.model()));
    }
    CHECK(results[0] == results[1]);
    CHECK(results[0] == results[2]);
}

TEST_CASE("rounding and seed reach the parameters") {
    const auto [train, test] = digits();
    const auto parameters_after = [&]<class Recipe>(std::uint64_t seed, Recipe) {
        usps10::Settings settings = usps10::default_settings<fxp::recipes::Reference>();
        settings.seed = seed;
        settings.shuffle = false;
        Trainer<Recipe> trainer(settings, fxp::FixedArithmetic<Recipe>(settings.seed), train, test);
        for (int step = 0; step < 5; ++step) trainer.train_batch();
        return raw_parameters(trainer.model());
    };
    const auto stochastic = parameters_after(1, Narrow<fxp::Rounding::stochastic>{});
    CHECK(stochastic == parameters_after(1, Narrow<fxp::Rounding::stochastic>{}));
    CHECK(stochastic != parameters_after(2, Narrow<fxp::Rounding::stochastic>{}));
    CHECK(stochastic != parameters_after(1, Narrow<fxp::Rounding::nearest_even>{}));
    CHECK(stochastic != parameters_after(1, Narrow<fxp::Rounding::floor>{}));
}

} // namespace custom_recipe_test
