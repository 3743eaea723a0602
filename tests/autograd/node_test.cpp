// Contributions that wait for one another and are added together.
#include "finite_difference.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/nn/initial.hpp>
#include <fxp/nn/lstm_cell.hpp>
#include <fxp/recipes/q16.hpp>
#include <fxp/recipes/reference.hpp>

#include <cstdint>
#include <variant>
#include <vector>

namespace node_test {

using namespace fxp_test;
using fxp::Role;
using fxp::Shape;

namespace {

template <class Recipe>
struct OneAtATime : fxp::FixedArithmetic<Recipe> {
    using fxp::FixedArithmetic<Recipe>::FixedArithmetic;
    static constexpr std::size_t products_at_once = 1;
};

/// Gradients of a cell's parameters after two sequences of so many steps, then a random word of the step's stream:
/// the tensor number that the next operation would draw.
template <class A>
std::vector<std::vector<double>> gradients_after(std::size_t steps) {
    constexpr std::size_t batch = 5;
    A arithmetic(7);
    arithmetic.begin_step(3);
    fxp::nn::LSTMCell<A> cell({3, 4, 0, 0});
    fxp::nn::initialize_normal(cell, arithmetic, 1, 0.5);
    fxp::Tape<A> tape(arithmetic);
    const auto value = [&](const Shape& shape, unsigned seed) {
        return arithmetic.template from_real<Role::activation>("x", shape, random_tensor(shape, seed).to_real());
    };
    for (unsigned sequence = 0; sequence < 2; ++sequence) {
        tape.clear();
        auto state = cell.initial_state(tape, value({4, batch}, 1));
        const auto gates = cell.gates(tape);
        for (std::size_t t = 0; t < steps; ++t) {
            const auto seed = static_cast<unsigned>(t) + 10 * sequence;
            state = cell(gates, tape.input(value({3, batch}, seed)), state);
        }
        seed_gradient(arithmetic, state.h, value({4, batch}, 99));
        tape.backward(state.h);
    }
    std::vector<std::vector<double>> all;
    for (const auto& any : cell.parameters()) {
        std::visit([&](const auto* p) { all.push_back(p->gradient().to_real()); }, any);
    }
    const fxp::Context next = arithmetic.context(fxp::RoundingPlace::forward, "next", "next");
    all.push_back({static_cast<double>(next.random.tensor), static_cast<double>(arithmetic.overflow_events())});
    return all;
}

/// What stands on a tape before a step: not a leaf.
struct Moved : fxp::Node<fxp::FixedArithmetic<fxp::recipes::Q16>, Role::weight> {
    using A = fxp::FixedArithmetic<fxp::recipes::Q16>;
    static constexpr Role role = Role::weight;
    bool bind(fxp::Node<A, Role::weight>* w) {
        value = w->value;
        return true;
    }
    void forward(A&) {}
};

} // namespace

TEMPLATE_TEST_CASE("gradients of weights are the same whether products wait for one another or not", "[autograd]",
                   fxp::recipes::Q16, fxp::recipes::Reference) {
    // Groups that are full, that are not, and none.
    const auto steps = static_cast<std::size_t>(GENERATE(1, 7, 8, 9, 20));
    CHECK(gradients_after<fxp::FixedArithmetic<TestType>>(steps) == gradients_after<OneAtATime<TestType>>(steps));
}

TEST_CASE("products wait where their sum is exact, and nowhere else", "[autograd]") {
    const auto exact = []<class Recipe>(Recipe, auto factor) {
        using A = fxp::FixedArithmetic<Recipe>;
        const typename A::Error errors({2, 3});
        const decltype(factor) inputs({4, 3});
        return A().template sums_exactly<Role::weight>(fxp::matrix_nt(errors, inputs));
    };
    CHECK(exact(fxp::recipes::Q16{}, fxp::FxpTensor<4, 12>{}));
    CHECK(exact(fxp::recipes::Q16{}, fxp::FxpTensor<3, 13>{}));
    CHECK_FALSE(exact(fxp::recipes::Q16{}, fxp::FxpTensor<2, 14>{}));       // would be rounded
    CHECK_FALSE(exact(fxp::recipes::Q16{}, fxp::FxpTensor<20, 12>{}));      // could overflow
    CHECK_FALSE(exact(fxp::recipes::Reference{}, fxp::FxpTensor<8, 24>{})); // rounds each contribution
}

TEST_CASE("contributions of a backward pass that ended early do not reach the next", "[autograd]") {
    using A = fxp::FixedArithmetic<fxp::recipes::Q16>;
    A arithmetic;
    fxp::Tape<A> tape(arithmetic);
    const auto record = [&] { return tape.input<Role::weight>(fxp::FxpTensor<4, 12>({2, 4}), "W", true); };
    const A::Error errors({2, 3});
    const fxp::FxpTensor<4, 12> inputs({4, 3});
    auto moved = tape.record<Moved>("moved", record().node());
    moved.node()->contribute_later(arithmetic, "test", fxp::matrix_nt(errors, inputs));
    CHECK(moved.node()->is_reached());
    tape.clear();
    moved = tape.record<Moved>("moved", record().node());
    CHECK_FALSE(moved.node()->is_reached());
}

} // namespace node_test
