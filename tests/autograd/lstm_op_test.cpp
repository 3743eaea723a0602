// The step of an LSTM cell as one operation: gradients that reach only one of its two results, shapes that do not fit,
// and gates rounded each or together.
#include "finite_difference.hpp"

#include <fxp/autograd/lstm_op.hpp>
#include <fxp/recipes/reference.hpp>

namespace lstm_op_test {

using namespace fxp_test;
using fxp::Role;
using fxp::Shape;

namespace {

constexpr std::size_t inputs = 3;
constexpr std::size_t hidden = 2;
constexpr std::size_t batch = 4;

template <class A>
struct Weights {
    fxp::Parameter<A, Role::weight> w{"w", {4 * hidden, inputs + hidden}};
    fxp::Parameter<A, Role::bias> b{"b", {4 * hidden, 1}};
};

} // namespace

TEST_CASE("gradients of an LSTM step through h alone, C alone and both equal finite differences", "[autograd]") {
    Weights<Double> weights;
    weights.w.value() = random_tensor(weights.w.shape(), 1);
    weights.b.value() = random_tensor(weights.b.shape(), 2);
    const int which = GENERATE(0, 1, 2);
    check_gradients(
        {random_tensor({inputs, batch}, 3), random_tensor({hidden, batch}, 4), random_tensor({hidden, batch}, 5)},
        [&](const std::vector<Value>& x) {
            const auto first = fxp::lstm_step(weights.w, weights.b, x[0], x[1], x[2]);
            const auto second = fxp::lstm_step(weights.w, weights.b, x[0], first.h, first.c);
            if (which == 0) return second.h;
            if (which == 1) return second.c;
            return fxp::add(second.h, fxp::mul(second.c, first.c));
        });
}

TEST_CASE("an LSTM step refuses shapes that do not fit", "[autograd]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    Weights<Double> weights;
    const auto x = tape.input(Real({inputs, batch}));
    const auto h = tape.input(Real({hidden, batch}));
    const auto other = tape.input(Real({hidden, batch + 1}));
    CHECK_NOTHROW(fxp::lstm_step(weights.w, weights.b, x, h, h));
    CHECK_THROWS_AS(fxp::lstm_step(weights.w, weights.b, h, h, h), fxp::ShapeError);
    CHECK_THROWS_AS(fxp::lstm_step(weights.w, weights.b, x, other, h), fxp::ShapeError);
    CHECK_THROWS_AS(fxp::lstm_step(weights.w, weights.b, x, h, other), fxp::ShapeError);
}

namespace {

struct Together : fxp::recipes::Reference {
    static constexpr bool rounds_each_gate = false;
};

/// The gradient of h before a step, all gradients of the step's h being `gradient`.
template <class Recipe>
std::vector<double> error_of_h(std::uint64_t& sum_of_gates) {
    using A = fxp::FixedArithmetic<Recipe>;
    using Tensor = typename A::template Tensor<Role::activation>;
    A arithmetic;
    fxp::Tape<A> tape(arithmetic);
    Weights<A> weights;
    const auto reals = [](const Shape& shape, std::uint32_t number) { return random_tensor(shape, number).to_real(); };
    weights.w.value() = Tensor::from_real(weights.w.shape(), reals(weights.w.shape(), 1));
    const auto x = tape.input(Tensor::from_real({inputs, batch}, reals({inputs, batch}, 2)));
    const auto h = tape.input(Tensor::from_real({hidden, batch}, reals({hidden, batch}, 3)), "h", true);
    const auto c = tape.input(Tensor::from_real({hidden, batch}, reals({hidden, batch}, 4)));
    const auto next = fxp::lstm_step(weights.w, weights.b, x, h, c);
    const auto gradient = Tensor::from_real({hidden, batch}, reals({hidden, batch}, 5));
    next.h.node()->contribute(arithmetic, "test", fxp::plus(gradient));
    tape.backward(next.h);
    sum_of_gates = arithmetic.overflow_events();
    return h.gradient().to_real();
}

} // namespace

TEST_CASE("errors rounded for each gate differ from errors rounded together by less than four steps", "[autograd]") {
    std::uint64_t events = 0;
    const std::vector<double> each = error_of_h<fxp::recipes::Reference>(events);
    CHECK(events == 0);
    const std::vector<double> together = error_of_h<Together>(events);
    CHECK(events == 0);
    REQUIRE(each.size() == together.size());
    double largest = 0;
    for (std::size_t i = 0; i < each.size(); ++i) largest = std::max(largest, std::abs(each[i] - together[i]));
    CHECK(largest > 0);
    CHECK(largest <= 5 * 0x1p-24);
}

TEST_CASE("an LSTM step enters its sums, its results and their gradients into the range log", "[autograd]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    Weights<Double> weights;
    weights.w.value() = random_tensor(weights.w.shape(), 1);
    const auto x = tape.input(random_tensor({inputs, batch}, 2), "x");
    const auto state = tape.input(random_tensor({hidden, batch}, 3), "state");
    const auto next = fxp::lstm_step(weights.w, weights.b, x, state, state, "H", "C");
    const auto largest = [&](const std::string& name) {
        for (const fxp::RangeRow& row : arithmetic.range_log().rows()) {
            if (row.tensor == name) return row.largest_magnitude;
        }
        return 0.0;
    };
    const auto magnitude = [](const Real& tensor) {
        double result = 0;
        for (const double value : tensor.elements()) result = std::max(result, std::abs(value));
        return result;
    };
    CHECK(largest("H") == magnitude(next.h.value()));
    CHECK(largest("C") == magnitude(next.c.value()));
    CHECK(largest("z") > 0);

    const Real dh = random_tensor({hidden, batch}, 4);
    const Real dc = random_tensor({hidden, batch}, 5);
    next.h.node()->pass(arithmetic, "test", [&](Real& share) { share = dh; });
    next.c.node()->pass(arithmetic, "test", [&](Real& share) { share = dc; });
    tape.backward(next.h);
    CHECK(largest("dH") == magnitude(dh));
    CHECK(largest("dC") == magnitude(dc));
}

namespace {

/// Overflow events of a backward pass that overflows in the error of C, or of x, and nowhere else.
std::uint64_t events_of_errors(bool x_wanted, bool c_wanted, double w_x, double dh, double dc) {
    using A = fxp::FixedArithmetic<fxp::recipes::Reference>;
    using Tensor = A::Tensor<Role::activation>;
    using Gradient = A::Gradient<Role::activation>;
    A arithmetic;
    fxp::Tape<A> tape(arithmetic);
    Weights<A> weights;
    const auto raw = [](double value) { return static_cast<std::int32_t>(value * 0x1p24); };
    for (std::size_t row = 0; row < 4 * hidden; ++row) {
        for (std::size_t k = 0; k < inputs; ++k) {
            weights.w.value().data()[row * (inputs + hidden) + k] = raw(row / hidden == 2 ? w_x : 0);
        }
        weights.b.value().data()[row] = raw(row / hidden == 0 ? 100 : row / hidden == 1 ? -100 : 0); // f = 1, i = 0
    }
    const auto constant = []<class T>(T, const Shape& shape, double value) {
        return T::from_real(shape, std::vector<double>(shape.size(), value));
    };
    const auto x = tape.input(constant(Tensor{}, {inputs, batch}, 0), "x", x_wanted);
    const auto h = tape.input(constant(Tensor{}, {hidden, batch}, 0), "h", true);
    const auto c = tape.input(constant(Tensor{}, {hidden, batch}, 0.5), "c", c_wanted);
    const auto next = fxp::lstm_step(weights.w, weights.b, x, h, c);
    const auto seed = [&](auto output, double value) {
        output.node()->pass(arithmetic, "test", [&](auto& share) {
            share = constant(Gradient{}, {hidden, batch}, value);
        });
    };
    seed(next.h, dh);
    seed(next.c, dc);
    tape.backward(next.h);
    return arithmetic.overflow_events();
}

} // namespace

TEST_CASE("gradients that nobody wants of an LSTM step overflow nowhere", "[autograd]") {
    CHECK(events_of_errors(false, true, 0, 0, 200) > 0);
    CHECK(events_of_errors(false, false, 0, 0, 200) == 0);
    CHECK(events_of_errors(true, false, 127, 20, 0) > 0);
    CHECK(events_of_errors(false, false, 127, 20, 0) == 0);
}

TEST_CASE("an LSTM step refuses tensors of other ranks", "[autograd]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    Weights<Double> weights;
    const auto x = tape.input(Real({inputs, batch}));
    const auto h = tape.input(Real({hidden, batch}));
    const auto c = tape.input(Real({hidden, batch, 5}));
    CHECK_THROWS_AS(fxp::lstm_step(weights.w, weights.b, x, h, c), fxp::ShapeError);
    CHECK_THROWS_AS(fxp::lstm_step(weights.w, weights.b, tape.input(Real({inputs})), h, h), fxp::ShapeError);
}

} // namespace lstm_op_test
