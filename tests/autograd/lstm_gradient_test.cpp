// The gradients of the LSTM classifier on 128 real digits: the float twin against finite differences, fixed point
// against the float twin.
#include "finite_difference.hpp"

#include "usps10/image_classifier.hpp"

#include <fxp/data/csv_digits.hpp>
#include <fxp/nn/initial.hpp>
#include <fxp/nn/mse_loss.hpp>
#include <fxp/recipes/reference.hpp>

#include <algorithm>
#include <string>

namespace lstm_gradient_test {

using fxp::Role;
using fxp_test::Double;
using fxp_test::Real;
using Fixed = fxp::FixedArithmetic<fxp::recipes::Reference>;

namespace {

constexpr std::size_t batch = 128;
constexpr std::size_t side = 8;
constexpr std::size_t hidden = 10;

/// Float arithmetic with the fixed-point tables' sigmoid and tanh and with public scalars of 24 fraction bits (1/1280
/// of the loss is off by a relative 1.5e-5): only the roundings of sums and products are between it and Fixed.
struct WithTables : Double {
    using Table = fxp::FxpTensor<8, 24>;
    using Double::Double;

    fxp::LstmMagnitudes lstm_forward(fxp::LstmActivity<Real>& cell, Real& c, Real& h, const Real& z,
                                     const Real& c_prev) {
        const auto table = [](auto function) {
            return [function](const double* x, std::size_t count, double* y) {
                const Table arguments = Table::from_real({count}, std::span<const double>(x, count));
                const std::vector<double> values = function(arguments).to_real();
                std::copy(values.begin(), values.end(), y);
            };
        };
        return fxp::lstm_forward(cell, c, h, z, c_prev,
                                 table([](const Table& x) { return fxp::sigmoid<fxp::ReferenceActivations>(x); }),
                                 table([](const Table& x) { return fxp::tanh<fxp::ReferenceActivations>(x); }));
    }
    template <Role>
    fxp::FloatScalar<double> scalar(std::string_view, double value) {
        return {std::nearbyint(value * 0x1p24) * 0x1p-24};
    }
};

/// A classifier on the first 128 digits.
template <class A>
struct Run {
    using Tensor = typename A::template Tensor<Role::activation>;

    Run(std::size_t rank_w, std::size_t rank_u)
        : tape(arithmetic), model({usps10::ModelKind::lstm, hidden, rank_w, rank_u}, side, side, 10) {
        const fxp::Dataset data = fxp::read_csv_digits(FXP_SOURCE_DIR "/data/optdigits/digits.csv");
        std::vector<double> row(side * batch);
        for (std::size_t t = 0; t < side; ++t) {
            for (std::size_t f = 0; f < side; ++f) {
                for (std::size_t n = 0; n < batch; ++n) {
                    row[f * batch + n] = data.pixels[n * data.features() + t * side + f];
                }
            }
            rows.push_back(arithmetic.template from_real<Role::activation>("x", {side, batch}, row));
        }
        const std::span<const int> labels(data.labels.data(), batch);
        targets =
            arithmetic.template from_real<Role::activation>("t", {10, batch}, fxp::nn::scaled_one_hot(labels, 10, 4));
    }

    auto loss() {
        tape.clear();
        return fxp::nn::mse_loss(model.forward(tape, rows), targets);
    }
    std::vector<std::vector<double>> gradients() {
        model.zero_grad();
        tape.backward(loss().variable);
        std::vector<std::vector<double>> all;
        for (const auto& any : model.parameters()) {
            std::visit([&](const auto* p) { all.push_back(p->gradient().to_real()); }, any);
        }
        return all;
    }
    /// Takes over the values of another arithmetic's model.
    template <class B>
    void copy_parameters(const Run<B>& other) {
        std::vector<std::vector<double>> values;
        for (const auto& any : other.model.parameters()) {
            std::visit([&](const auto* p) { values.push_back(p->value().to_real()); }, any);
        }
        std::size_t number = 0;
        for (const auto& any : model.parameters()) {
            std::visit(
                [&]<Role R>(fxp::Parameter<A, R>* p) {
                    p->value() = arithmetic.template from_real<R>(p->name(), p->shape(), values[number++]);
                },
                any);
        }
    }

    A arithmetic;
    fxp::Tape<A> tape;
    usps10::ImageClassifier<A> model;
    std::vector<Tensor> rows;
    Tensor targets;
};

/// The largest difference of two gradients, over all parameters, and the largest gradient.
struct Difference {
    double largest = 0;
    double gradient = 0;

    double relative() const { return largest / gradient; }
    double steps() const { return largest * 0x1p24; }
};

Difference difference(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b) {
    Difference result;
    for (std::size_t p = 0; p < a.size(); ++p) {
        for (std::size_t i = 0; i < a[p].size(); ++i) {
            result.largest = std::max(result.largest, std::fabs(a[p][i] - b[p][i]));
            result.gradient = std::max(result.gradient, std::fabs(b[p][i]));
        }
    }
    return result;
}

} // namespace

TEST_CASE("the float twin's LSTM gradients equal finite differences on real digits", "[autograd][acceptance]") {
    const auto [rank_w, rank_u] = GENERATE(std::pair{4, 0}, std::pair{0, 0}, std::pair{3, 2});
    Run<Double> run(static_cast<std::size_t>(rank_w), static_cast<std::size_t>(rank_u));
    fxp::nn::initialize_normal(run.model, run.arithmetic, 7, 0.3);
    const auto gradients = run.gradients();
    std::size_t number = 0;
    for (const auto& any : run.model.parameters()) {
        std::visit(
            [&](auto* p) {
                const auto& gradient = gradients[number++];
                double largest = 0;
                for (const double g : gradient) largest = std::max(largest, std::fabs(g));
                REQUIRE(largest > 0);
                const std::size_t stride = gradient.size() / 5 + 1;
                for (std::size_t i = 0; i < gradient.size(); i += stride) {
                    double& w = p->value().data()[i];
                    const double at = w;
                    w = at + 1e-5;
                    const double above = run.loss().mean();
                    w = at - 1e-5;
                    const double below = run.loss().mean();
                    w = at;
                    INFO(p->name() << " element " << i);
                    REQUIRE(std::fabs(gradient[i] - (above - below) / 2e-5) <= 1e-6 * largest + 1e-9);
                }
            },
            any);
    }
}

TEST_CASE("fixed-point LSTM gradients match the float twin's on real digits", "[autograd][acceptance]") {
    const auto [rank_w, rank_u] = GENERATE(std::pair{4, 0}, std::pair{0, 0}, std::pair{3, 2});
    const double deviation = GENERATE(0.1, 0.5, 1.0);
    const auto w = static_cast<std::size_t>(rank_w);
    const auto u = static_cast<std::size_t>(rank_u);
    Run<Fixed> fixed(w, u);
    fxp::nn::initialize_normal(fixed.model, fixed.arithmetic, 7, deviation);
    Run<Double> twin(w, u);
    twin.copy_parameters(fixed);
    Run<WithTables> tables(w, u);
    tables.copy_parameters(fixed);

    const auto gradients = fixed.gradients();
    REQUIRE(fixed.arithmetic.overflow_events() == 0);
    const Difference with_approximation = difference(gradients, twin.gradients());
    const Difference without = difference(gradients, tables.gradients());
    INFO("ranks " << w << ", " << u << "; deviation " << deviation << "; relative differences "
                  << with_approximation.relative() << " and " << without.relative() << ", in steps of 2^-24 "
                  << with_approximation.steps() << " and " << without.steps());
    // Relative to the largest gradient. Measured: up to 3.7e-4, the tables' error; without it up to 2.6e-5, 217 steps,
    // the walk of the roundings of 128 samples in 8 time steps.
    CHECK(with_approximation.relative() < 1e-3);
    CHECK(without.relative() < 5e-5);
    CHECK(without.steps() < 400);
}

} // namespace lstm_gradient_test
