// The 16-bit recipe trains on the digits that ship: no weight and no moment overflows, and it follows its float twin.
#include "support/catch.hpp"

#include "usps10/trainer.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/autograd/float_arithmetic.hpp>
#include <fxp/data/csv_digits.hpp>
#include <fxp/recipes/q16.hpp>

#include <algorithm>

namespace q16_test {

using fxp::recipes::Q16;
using A = fxp::FixedArithmetic<Q16>;
using Trainer = usps10::Trainer<A, Q16>;
using Twin = usps10::Trainer<fxp::FloatArithmetic<float>, Q16>;

namespace {

const std::pair<fxp::Dataset, fxp::Dataset>& digits() {
    static const auto all = fxp::split_every(fxp::read_csv_digits(FXP_SOURCE_DIR "/data/optdigits/digits.csv"), 5);
    return all;
}

template <class T>
void train(T& trainer, int steps) {
    for (int step = 0; step < steps; ++step) {
        if (trainer.epoch_complete()) trainer.finish_epoch();
        trainer.train_batch();
    }
}

/// All parameters' raw values, one after the other.
std::vector<std::int64_t> raw_parameters(Trainer& trainer) {
    std::vector<std::int64_t> all;
    for (const auto& any : trainer.model().parameters()) {
        std::visit(
            [&](const auto* p) { all.insert(all.end(), p->value().data(), p->value().data() + p->value().size()); },
            any);
    }
    return all;
}

} // namespace

TEST_CASE("the 16-bit recipe stores weights, activations, logits and errors in 16 bits", "[recipes][q16]") {
    const auto word = []<class T>(T*) { return sizeof(typename T::Raw); };
    CHECK(word(static_cast<A::Tensor<fxp::Role::weight>*>(nullptr)) == 2);
    CHECK(word(static_cast<A::Tensor<fxp::Role::bias>*>(nullptr)) == 2);
    CHECK(word(static_cast<A::Tensor<fxp::Role::activation>*>(nullptr)) == 2);
    CHECK(word(static_cast<A::Tensor<fxp::Role::logit>*>(nullptr)) == 2);
    CHECK(word(static_cast<A::Error*>(nullptr)) == 2);
    // A weight's contribution keeps every bit of error times activation, and of error times one.
    using Sum = fxp::tensor_of<Q16::Contribution<fxp::Role::weight>>;
    CHECK(Sum::format.frac_bits >= A::Error::format.frac_bits + A::Tensor<fxp::Role::activation>::format.frac_bits);
}

TEST_CASE("the 16-bit recipe trains beside its float twin, without overflow of weights and moments", "[recipes][q16]") {
    const auto& [train_set, test_set] = digits();
    usps10::Settings settings = usps10::default_settings<Q16>();
    settings.batch = 32;
    settings.epochs = 6;
    Trainer trainer(settings, fxp::FixedArithmetic<Q16>(settings.seed), train_set, test_set);
    Twin twin(settings, fxp::FloatArithmetic<float>(settings.seed), train_set, test_set);
    const double before = trainer.evaluate_test().loss;
    CHECK(before == Approx(twin.evaluate_test().loss).epsilon(0.01));
    const int steps = static_cast<int>(6 * trainer.batches_per_epoch());
    train(trainer, steps);
    train(twin, steps);
    const auto after = trainer.evaluate_test();
    const auto real = twin.evaluate_test();
    INFO("loss " << before << " -> " << after.loss << ", correct " << after.correct << " of " << test_set.size()
                 << "; twin " << real.loss << ", " << real.correct);
    CHECK(after.loss < 0.6 * before);
    CHECK(after.loss == Approx(real.loss).epsilon(0.05));
    CHECK(after.correct > test_set.size() * 3 / 4);
    for (const fxp::OverflowRow& row : trainer.arithmetic().overflow_log().rows()) {
        INFO(row.operation << " of " << row.tensor << ": " << row.count << ", worst " << row.worst_value);
        CHECK(row.operation.rfind("adam", 0) != 0);
    }
}

TEST_CASE("the 16-bit recipe's parameters are a function of the seed alone", "[recipes][q16]") {
    const auto& [train_set, test_set] = digits();
    const auto after = [&](std::uint64_t seed, int threads) {
        usps10::Settings settings = usps10::default_settings<Q16>();
        settings.seed = seed;
        settings.shuffle = false;
        Trainer trainer(settings, fxp::FixedArithmetic<Q16>(settings.seed, threads), train_set, test_set);
        train(trainer, 3);
        return raw_parameters(trainer);
    };
    const auto one = after(1, 1);
    CHECK(one == after(1, 3));
    CHECK(one != after(2, 1));
}

} // namespace q16_test
