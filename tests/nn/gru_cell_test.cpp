#include "nn/plain_cell.hpp"

#include <fxp/nn/gru_cell.hpp>
#include <fxp/nn/initial.hpp>
#include <fxp/recipes/reference_correctly_rounded.hpp>

#include <map>
#include <string>

namespace gru_cell_test {

using namespace fxp_test;
using fxp::Role;
using fxp::Shape;

namespace {

using Ranks = std::pair<std::size_t, std::size_t>;
constexpr std::size_t inputs = 5;
constexpr std::size_t hidden = 4;
constexpr std::size_t batch = 3;
constexpr std::size_t steps = 4;

/// A cell after some steps on random inputs, recorded anew by last().
template <class A>
struct Run {
    using Tensor = typename A::template Tensor<Role::activation>;
    using Last = fxp::Variable<A, Role::activation>;

    explicit Run(const Ranks& ranks, double deviation = 0.7) : cell({inputs, hidden, ranks.first, ranks.second}) {
        fxp::nn::initialize_normal(cell, arithmetic, 5, deviation);
    }
    Last last() {
        tape.clear();
        auto state = cell.initial_state(tape, Tensor(Shape{hidden, batch}));
        const auto gates = cell.gates(tape);
        for (unsigned t = 0; t < steps; ++t) {
            const auto reals = random_tensor({inputs, batch}, 10 + t).to_real();
            state = cell(gates, tape.input(Tensor::from_real({inputs, batch}, reals), "x"), state);
        }
        return state.h;
    }
    /// Gradients of sum(r h), r random, by parameter.
    std::map<std::string, std::vector<double>> gradients() {
        cell.zero_grad();
        const Last h = last();
        seed_gradient(arithmetic, h, Tensor::from_real(h.shape(), random_tensor(h.shape(), 4711).to_real()));
        tape.backward(h);
        std::map<std::string, std::vector<double>> all;
        for (const auto& any : cell.parameters()) {
            std::visit([&](const auto* p) { all[p->name()] = p->gradient().to_real(); }, any);
        }
        return all;
    }

    A arithmetic;
    fxp::Tape<A> tape{arithmetic};
    fxp::nn::GRUCell<A> cell;
};

struct PlainGru : PlainCell {
    void step(std::vector<double> x) {
        if (has("Wp")) x = product("Wp", x);
        const std::vector<double> u = has("Up") ? product("Up", h) : h;
        const auto b = [&](const std::string& name, std::size_t i) { return p.at(name).data()[i]; };
        const auto wr = product("Wr", x), ur = product("Ur", u);
        const auto wz = product("Wz", x), uz = product("Uz", u);
        const auto wn = product("Wn", x), un = product("Un", u);
        for (std::size_t i = 0; i < h.size(); ++i) {
            const double r = sigma(wr[i] + ur[i] + b("br", i));
            const double z = sigma(wz[i] + uz[i] + b("bz", i));
            const double n = std::tanh(wn[i] + b("bn", i) + r * (un[i] + b("bhn", i)));
            h[i] = (1 - z) * n + z * h[i];
        }
    }
};

const std::vector<Ranks> all_ranks{{0, 0}, {2, 0}, {0, 3}, {2, 3}};

} // namespace

TEST_CASE("GRUCell equals PyTorch's formulas written out, for all ranks", "[nn]") {
    for (const Ranks& ranks : all_ranks) {
        Run<Double> run(ranks);
        PlainGru plain;
        std::string names;
        for (const auto& any : run.cell.parameters()) {
            std::visit(
                [&](const auto* p) {
                    plain.p[p->name()] = p->value();
                    names += p->name() + " ";
                },
                any);
        }
        const std::string factors = std::string(ranks.first > 0 ? "Wp " : "") + (ranks.second > 0 ? "Up " : "");
        CHECK(names == factors + "Wr Ur br Wz Uz bz Wn Un bn bhn ");
        const Value h = run.last();
        REQUIRE(h.shape() == Shape{hidden, batch});
        for (std::size_t n = 0; n < batch; ++n) {
            plain.h.assign(hidden, 0);
            for (unsigned t = 0; t < steps; ++t) {
                const Real x = random_tensor({inputs, batch}, 10 + t);
                std::vector<double> sample(inputs);
                for (std::size_t f = 0; f < inputs; ++f) sample[f] = x.data()[f * batch + n];
                plain.step(sample);
            }
            for (std::size_t i = 0; i < hidden; ++i) CHECK(h.value().data()[i * batch + n] == Approx(plain.h[i]));
        }
    }
}

TEST_CASE("the gradients of GRUCell's parameters equal finite differences", "[nn]") {
    for (const Ranks& ranks : all_ranks) {
        Run<Double> run(ranks);
        const auto gradients = run.gradients();
        const Real seed = random_tensor({hidden, batch}, 4711);
        const auto loss = [&] {
            const Value h = run.last();
            double total = 0;
            for (std::size_t i = 0; i < seed.size(); ++i) total += seed.data()[i] * h.value().data()[i];
            return total;
        };
        for (const auto& any : run.cell.parameters()) {
            std::visit(
                [&](auto* p) {
                    double largest = 0;
                    for (std::size_t i = 0; i < p->value().size(); ++i) {
                        double& w = p->value().data()[i];
                        const double at = w;
                        w = at + 1e-5;
                        const double above = loss();
                        w = at - 1e-5;
                        const double below = loss();
                        w = at;
                        INFO(p->name() << " element " << i);
                        CHECK(gradients.at(p->name())[i] == Approx((above - below) / 2e-5).margin(1e-7));
                        largest = std::max(largest, std::fabs(above - below));
                    }
                    CHECK(largest > 0);
                },
                any);
        }
    }
}

TEST_CASE("the gradients of GRUCell's x and h equal finite differences", "[nn]") {
    Run<Double> run({2, 3});
    check_gradients({random_tensor({inputs, batch}, 3), random_tensor({hidden, batch}, 4)},
                    [&](const std::vector<Value>& x) { return run.cell(x[0], run.cell(x[0], {x[1]})).h; });
}

TEST_CASE("fixed-point GRUCell follows the double twin within some steps of 2^-24", "[nn]") {
    using Fixed = fxp::FixedArithmetic<fxp::recipes::ReferenceCorrectlyRounded>;
    for (const Ranks& ranks : all_ranks) {
        Run<Fixed> fixed(ranks);
        Run<Double> twin(ranks);
        const std::vector<double> h = fixed.last().value().to_real();
        const std::vector<double> expected = twin.last().value().to_real();
        const auto gradients = fixed.gradients();
        const auto expected_gradients = twin.gradients();
        CHECK(fixed.arithmetic.overflow_events() == 0);
        double largest = 0;
        for (std::size_t i = 0; i < h.size(); ++i) largest = std::max(largest, std::fabs(h[i] - expected[i]));
        CHECK(largest > 0);
        CHECK(largest < 16 * 0x1p-24);
        for (const auto& [name, gradient] : gradients) {
            for (std::size_t i = 0; i < gradient.size(); ++i) {
                INFO(name << " element " << i);
                CHECK(std::fabs(gradient[i] - expected_gradients.at(name)[i]) < 128 * 0x1p-24);
            }
        }
    }
}

TEST_CASE("GRUCell's prefix comes before its names", "[nn]") {
    fxp::nn::GRUCell<Double> cell({inputs, hidden}, "l1.");
    std::visit([](const auto* p) { CHECK(p->name() == "l1.Wr"); }, cell.parameters().front());
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    const auto state = cell(tape.input(Real({inputs, batch})), cell.initial_state(tape, Real({hidden, batch})));
    CHECK(state.h.node()->name() == "l1.H");
    CHECK_THROWS_AS(cell(tape.input(Real({inputs + 1, batch})), state), fxp::ShapeError);
}

} // namespace gru_cell_test
