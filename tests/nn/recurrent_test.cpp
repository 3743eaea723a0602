#include "autograd/finite_difference.hpp"

#include <fxp/autograd/combine_op.hpp>
#include <fxp/nn/gru_cell.hpp>
#include <fxp/nn/initial.hpp>
#include <fxp/nn/lstm_cell.hpp>
#include <fxp/nn/recurrent.hpp>

#include <string>

namespace recurrent_test {

using namespace fxp_test;
using fxp::Shape;

namespace {

constexpr std::size_t inputs = 3;
constexpr std::size_t hidden = 2;
constexpr std::size_t batch = 4;
constexpr unsigned length = 3;

template <class A>
using Lstm = fxp::nn::LSTMCell<A>;
template <class A>
using Gru = fxp::nn::GRUCell<A>;
template <template <class> class Cell>
using Stack = fxp::nn::Recurrent<Double, Cell>;

template <class Module>
std::string names(const Module& module) {
    std::string all;
    for (const auto& any : module.parameters()) std::visit([&](const auto* p) { all += p->name() + " "; }, any);
    return all;
}

/// Copies the values of parameters by name, `prefix` before the names of `to`.
void copy_values(const fxp::nn::Module<Double>& from, const fxp::nn::Module<Double>& to, const std::string& prefix) {
    std::size_t copied = 0;
    for (const auto& source : from.parameters()) {
        for (const auto& target : to.parameters()) {
            std::visit(
                [&](const auto* p, auto* q) {
                    if (p->name() != prefix + q->name()) return;
                    q->value() = p->value();
                    ++copied;
                },
                source, target);
        }
    }
    REQUIRE(copied == to.parameters().size());
}

std::vector<Value> sequence(fxp::Tape<Double>& tape) {
    std::vector<Value> steps;
    for (unsigned t = 0; t < length; ++t) steps.push_back(tape.input(random_tensor({inputs, batch}, 20 + t)));
    return steps;
}

/// h after each step of a cell, in the order of `steps`.
template <class Cell>
std::vector<Value> outputs(fxp::Tape<Double>& tape, Cell& cell, const std::vector<Value>& steps) {
    auto state = cell.initial_state(tape, Real({hidden, batch}));
    std::vector<Value> all;
    for (const Value& x : steps) all.push_back((state = cell(x, state)).h);
    return all;
}

std::vector<Value> reversed(std::vector<Value> steps) { return {steps.rbegin(), steps.rend()}; }

/// Two layers in both directions, cell by cell.
template <template <class> class CellOf>
void check_two_layers() {
    using Cell = CellOf<Double>;
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    Stack<CellOf> stack({inputs, hidden}, 2, true);
    fxp::nn::initialize_normal(stack, arithmetic, 8, 0.7);
    Cell ahead({inputs, hidden});
    Cell back({inputs, hidden});
    Cell ahead1({2 * hidden, hidden});
    Cell back1({2 * hidden, hidden});
    copy_values(stack, ahead, "");
    copy_values(stack, back, "back.");
    copy_values(stack, ahead1, "l1.");
    copy_values(stack, back1, "l1.back.");

    const std::vector<Value> steps = sequence(tape);
    const auto forward = outputs(tape, ahead, steps);
    const auto backward = reversed(outputs(tape, back, reversed(steps)));
    std::vector<Value> both;
    for (std::size_t t = 0; t < length; ++t) both.push_back(fxp::cat(0, forward[t], backward[t]));
    const Value expected = fxp::cat(0, outputs(tape, ahead1, both).back(), outputs(tape, back1, reversed(both)).back());
    const Value result = stack(tape, steps);
    CHECK(stack.features() == 2 * hidden);
    CHECK(result.shape() == Shape{2 * hidden, batch});
    CHECK(result.value() == expected.value());
}

} // namespace

TEST_CASE("Recurrent names parameters by layer and direction", "[nn]") {
    const std::string lstm = "Wf Uf bf Wi Ui bi Wo Uo bo Wc Uc bc ";
    CHECK(names(Stack<Lstm>({inputs, hidden}, 1, false)) == lstm);
    const auto prefixed = [](const std::string& prefix) { return names(Gru<Double>({inputs, hidden, 1, 1}, prefix)); };
    CHECK(names(Stack<Gru>({inputs, hidden, 1, 1}, 2, true)) ==
          prefixed("") + prefixed("back.") + prefixed("l1.") + prefixed("l1.back."));
    CHECK(names(Stack<Gru>({inputs, hidden, 1, 1}, 1, false, "m.")) == prefixed("m."));
}

TEST_CASE("Recurrent equals its cells composed by hand", "[nn]") {
    check_two_layers<Lstm>();
    check_two_layers<Gru>();
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    Stack<Lstm> stack({inputs, hidden}, 3, false);
    fxp::nn::initialize_normal(stack, arithmetic, 8, 0.7);
    std::vector<Value> steps = sequence(tape);
    const Value result = stack(tape, steps);
    for (const std::string prefix : {"", "l1.", "l2."}) {
        Lstm<Double> cell({prefix.empty() ? inputs : hidden, hidden});
        copy_values(stack, cell, prefix);
        steps = outputs(tape, cell, steps);
    }
    CHECK(result.value() == steps.back().value());
}

TEST_CASE("gradients through layers and directions equal finite differences", "[nn]") {
    Double arithmetic;
    Stack<Lstm> lstm({inputs, hidden}, 2, true);
    Stack<Gru> gru({inputs, hidden, 2, 1}, 2, true);
    fxp::nn::initialize_normal(lstm, arithmetic, 8, 0.7);
    fxp::nn::initialize_normal(gru, arithmetic, 9, 0.7);
    const std::vector<Real> x{random_tensor({inputs, batch}, 1), random_tensor({inputs, batch}, 2)};
    check_gradients(x, [&](const std::vector<Value>& steps) { return lstm(*steps[0].tape(), steps); });
    check_gradients(x, [&](const std::vector<Value>& steps) { return gru(*steps[0].tape(), steps); });
}

TEST_CASE("Recurrent refuses no layers and no steps", "[nn]") {
    CHECK_THROWS_AS(Stack<Lstm>({inputs, hidden}, 0, false), fxp::ArgumentError);
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    Stack<Lstm> stack({inputs, hidden}, 1, false);
    CHECK_THROWS_AS(stack(tape, {}), fxp::ShapeError);
}

} // namespace recurrent_test
