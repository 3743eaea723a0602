#include "finite_difference.hpp"

#include <fxp/nn/initial.hpp>
#include <fxp/nn/linear.hpp>
#include <fxp/nn/lstm_cell.hpp>
#include <fxp/nn/mse_loss.hpp>
#include <fxp/optim/reference_adam.hpp>
#include <fxp/optim/sgd.hpp>
#include <fxp/recipes/reference.hpp>

#include <array>
#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> allocations = 0;

void* counted(std::size_t size) noexcept {
    ++allocations;
    return std::malloc(size > 0 ? size : 1);
}
void* counted_or_throw(std::size_t size) {
    if (void* memory = counted(size)) return memory;
    throw std::bad_alloc();
}

} // namespace

// Counts the allocations of this test program.
void* operator new(std::size_t size) { return counted_or_throw(size); }
void* operator new[](std::size_t size) { return counted_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace tape_test {

using namespace fxp_test;
using fxp::Role;
using fxp::Shape;

namespace {

using Fixed = fxp::FixedArithmetic<fxp::recipes::Reference>;
using FixedTensor = Fixed::Tensor<Role::activation>;

/// One of every operation.
template <class A>
struct Everything : fxp::nn::Module<A> {
    using Value = fxp::Variable<A, Role::activation>;
    using Tensor = typename A::template Tensor<Role::activation>;

    explicit Everything(A& arithmetic) : cell({3, 4}), linear("Wl", "bl", 4, 2), gain("gain", {2, 1}) {
        this->add(cell);
        this->add(linear);
        this->add(gain);
        fxp::nn::initialize_normal(*this, arithmetic, 1, 0.5);
        x = arithmetic.template from_real<Role::activation>("x", {3, 5}, random_tensor({3, 5}, 1).to_real());
        targets = arithmetic.template from_real<Role::activation>("t", {2, 5}, random_tensor({2, 5}, 2).to_real());
        zero = Tensor({4, 5});
        condition = fxp::less(targets, Tensor({2, 5}));
    }

    Value forward(fxp::Tape<A>& tape) {
        const Value input = tape.input(x, "x");
        typename fxp::nn::LSTMCell<A>::State state{tape.input(zero, "H"), tape.input(zero, "C")};
        for (int t = 0; t < 3; ++t) state = cell(input, state);
        const Value y = fxp::mul(linear(state.h), gain);
        const std::array<std::size_t, 5> order{4, 3, 2, 1, 1};
        const Value a = fxp::transpose(fxp::reshape(fxp::index_select(y, 1, order), {5, 2}));
        const Value b = fxp::cat(1, fxp::slice(y, 1, 1, 5), fxp::slice(y, 1, 0, 1));
        const Value c = fxp::where(condition, fxp::minimum(a, b), fxp::maximum(a, fxp::abs(b)));
        const Value d = fxp::mul(c, fxp::rsqrt(fxp::clamp(fxp::abs(y), 0.25, 2)));
        return fxp::add(
            d, fxp::sub(fxp::mean(d, {1}, "mean", true), fxp::sum(fxp::neg(fxp::scale(d, -2)), {0}, "sum", true)));
    }

    fxp::nn::LSTMCell<A> cell;
    fxp::nn::Linear<A> linear;
    fxp::Parameter<A, Role::weight> gain;
    Tensor x;
    Tensor targets;
    Tensor zero;
    fxp::BoolTensor condition;
};

template <class A>
std::vector<std::vector<double>> gradients_of(const fxp::nn::Module<A>& model) {
    std::vector<std::vector<double>> all;
    for (const auto& any : model.parameters()) {
        std::visit([&](const auto* p) { all.push_back(p->gradient().to_real()); }, any);
    }
    return all;
}

} // namespace

TEMPLATE_TEST_CASE("a second identical step gives the same gradients", "[autograd]", Double, Fixed) {
    TestType arithmetic;
    fxp::Tape<TestType> tape(arithmetic);
    Everything<TestType> model(arithmetic);
    const auto step = [&] {
        model.zero_grad();
        tape.clear();
        const auto loss = fxp::nn::mse_loss(model.forward(tape), model.targets);
        tape.backward(loss.variable);
        return gradients_of(model);
    };
    const auto first = step();
    REQUIRE(step() == first);
    // A step of another kind in between leaves nothing behind.
    tape.clear();
    fxp::neg(tape.input(model.x, "other"));
    REQUIRE(step() == first);
    for (const auto& gradient : first) {
        REQUIRE(std::any_of(gradient.begin(), gradient.end(), [](double g) { return g != 0; }));
    }
}

TEST_CASE("the model of every operation passes finite differences", "[autograd]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    Everything<Double> model(arithmetic);
    const auto loss = [&] {
        tape.clear();
        return fxp::nn::mse_loss(model.forward(tape), model.targets);
    };
    tape.backward(loss().variable);
    const auto gradients = gradients_of(model);
    std::size_t number = 0;
    for (const auto& any : model.parameters()) {
        std::visit(
            [&](auto* p) {
                const auto& gradient = gradients[number++];
                for (std::size_t i = 0; i < gradient.size(); ++i) {
                    double& w = p->value().data()[i];
                    const double at = w;
                    w = at + 1e-5;
                    const double above = loss().mean();
                    w = at - 1e-5;
                    const double below = loss().mean();
                    w = at;
                    INFO(p->name() << " " << i);
                    REQUIRE(gradient[i] == Approx((above - below) / 2e-5).margin(1e-6).epsilon(1e-6));
                }
            },
            any);
    }
}

TEMPLATE_TEST_CASE("a warm training step allocates nothing", "[autograd]", Fixed, Double) {
    TestType arithmetic;
    fxp::Tape<TestType> tape(arithmetic);
    Everything<TestType> model(arithmetic);
    fxp::optim::ReferenceAdam<TestType> adam(arithmetic, model.parameters());
    fxp::optim::SGD<TestType> sgd(arithmetic, model.parameters());
    for (int i = 0; i < 4; ++i) {
        const std::size_t before = allocations;
        arithmetic.begin_step(static_cast<std::uint64_t>(i));
        model.zero_grad();
        tape.clear();
        const auto loss = fxp::nn::mse_loss(model.forward(tape), model.targets);
        const std::size_t after_forward = allocations;
        tape.backward(loss.variable);
        const std::size_t after_backward = allocations;
        adam.step();
        sgd.step();
        const std::size_t after_step = allocations;
        if (i < 2) continue;
        CHECK(after_forward - before == 0);
        CHECK(after_backward - after_forward == 0);
        CHECK(after_step - after_backward == 0);
    }
}

TEST_CASE("gradients of one variable used twice add up, exactly in fixed point", "[autograd]") {
    Fixed arithmetic;
    fxp::Tape<Fixed> tape(arithmetic);
    const std::array<std::int32_t, 2> raw{3, -4};
    const auto x = tape.input(FixedTensor({2}), "x", true);
    const auto y = fxp::add(fxp::add(x, x), x);
    seed_gradient(arithmetic, y, FixedTensor::from_raw({2}, raw));
    tape.backward(y);
    REQUIRE(x.gradient() == Fixed::Gradient<Role::activation>::from_raw({2}, std::array<std::int64_t, 2>{9, -12}));
    // A further pass over a parameter adds until zero_grad.
    fxp::Parameter<Fixed, Role::weight> w("w", {2});
    for (const std::int64_t times : {1, 2}) {
        tape.clear();
        const auto z = fxp::add(tape.input(FixedTensor({2})), w);
        seed_gradient(arithmetic, z, FixedTensor::from_raw({2}, raw));
        tape.backward(z);
        REQUIRE(w.gradient().data()[0] == 3 * times);
    }
}

TEST_CASE("a wide gradient holds sums beyond the contribution's format, each contribution saturates", "[autograd]") {
    Fixed arithmetic;
    fxp::Tape<Fixed> tape(arithmetic);
    const auto x = tape.input(FixedTensor({1}), "x", true);
    const std::array<std::int32_t, 1> largest{FixedTensor::format.max_raw()};
    for (int i = 0; i < 3; ++i) seed_gradient(arithmetic, x, FixedTensor::from_raw({1}, largest));
    REQUIRE(x.gradient().data()[0] == 3 * std::int64_t{FixedTensor::format.max_raw()});
    REQUIRE(arithmetic.overflow_events() == 0);
    seed_gradient(arithmetic, x, x.gradient());
    REQUIRE(x.gradient().data()[0] == 4 * std::int64_t{FixedTensor::format.max_raw()});
    REQUIRE(arithmetic.overflow_events() == 1);
    REQUIRE(arithmetic.overflow_log().rows().at(0).tensor == "x");
}

TEST_CASE("tape errors", "[autograd]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    fxp::Tape<Double> other(arithmetic);
    const Value x = other.input(random_tensor({2}, 1), "x", true);
    REQUIRE_THROWS_AS(tape.backward(x), fxp::ArgumentError);
    REQUIRE_THROWS_AS(tape.backward(Value()), fxp::ArgumentError);
}

TEST_CASE("the range log sees values and gradients by name, when observing", "[autograd]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    const auto pass = [&](const char* name) {
        tape.clear();
        const Value y = fxp::scale(tape.input(Real::from_real({1}, {3.0}), "x", true), 1, name);
        seed_gradient(arithmetic, y, Real::from_real({1}, {-5.0}));
        tape.backward(y);
    };
    const auto seen = [&](const std::string& name) {
        for (const auto& row : arithmetic.range_log().rows()) {
            if (row.tensor == name) return row.largest_magnitude;
        }
        return -1.0;
    };
    pass("y");
    REQUIRE(seen("y") == 6);
    REQUIRE(seen("dy") == 5);
    REQUIRE(seen("dx") == 10);
    tape.observe_ranges(false);
    pass("z");
    REQUIRE(seen("z") <= 0);
    REQUIRE(seen("dz") == -1);
}

namespace {

using ReferenceNumbers = fxp::FixedArithmetic<fxp::recipes::Reference>;
using FixedTensor = fxp::FxpTensor<8, 24>;

} // namespace

TEST_CASE("two losses on one tape add their gradients", "[autograd][tape]") {
    ReferenceNumbers arithmetic;
    fxp::Tape tape(arithmetic);
    const auto x = tape.input(FixedTensor::from_real({1, 2}, {1, 3}), "x", true);
    const auto shared = fxp::scale(x, 1, "shared");
    const FixedTensor zero(fxp::Shape{1, 2});
    tape.backward(fxp::nn::mse_loss(shared, zero).variable);
    const std::vector<double> once = x.gradient().to_real();
    CHECK(once == std::vector<double>{2, 6}); // 2 (2 x) / 2
    tape.backward(fxp::nn::mse_loss(shared, zero).variable);
    CHECK(x.gradient().to_real() == std::vector<double>{4, 12});
    CHECK_FALSE(shared.has_gradient());
    CHECK_THROWS_AS(shared.gradient(), fxp::ArgumentError);
}

TEST_CASE("targets may be temporary, and a loss is where backward starts", "[autograd][tape]") {
    ReferenceNumbers arithmetic;
    fxp::Tape tape(arithmetic);
    const auto x = tape.input(FixedTensor::from_real({1, 1}, {2}), "x", true);
    const auto loss = fxp::nn::mse_loss(x, FixedTensor::from_real({1, 1}, {0.5}));
    const auto beyond = fxp::scale(loss.variable, 1);
    tape.backward(loss.variable);
    CHECK(x.gradient().to_real() == std::vector<double>{1.5});
    beyond.node()->contribute(arithmetic, "test", fxp::plus(FixedTensor::from_real({1, 1}, {1})));
    CHECK_THROWS_WITH(tape.backward(beyond), Catch::Matchers::Contains("expected that backward starts there"));
    CHECK_THROWS_AS(tape.backward(x), fxp::ArgumentError);
}

TEST_CASE("variables of two tapes do not mix", "[autograd][tape]") {
    ReferenceNumbers arithmetic;
    fxp::Tape one(arithmetic);
    fxp::Tape other(arithmetic);
    const auto a = one.input(FixedTensor(fxp::Shape{1, 1}));
    const auto b = other.input(FixedTensor(fxp::Shape{1, 1}));
    CHECK_THROWS_WITH(fxp::add(a, b), Catch::Matchers::Contains("two tapes"));
}

TEST_CASE("a renamed node logs its gradient under its new name", "[autograd][tape]") {
    ReferenceNumbers arithmetic;
    fxp::Tape tape(arithmetic);
    for (const char* name : {"first", "second"}) {
        const auto x = tape.input(FixedTensor::from_real({1, 1}, {1}), name, true);
        tape.backward(fxp::nn::mse_loss(x, FixedTensor(fxp::Shape{1, 1})).variable);
        tape.clear();
    }
    std::vector<std::string> names;
    for (const fxp::RangeRow& row : arithmetic.range_log().rows()) names.push_back(row.tensor);
    CHECK(names == std::vector<std::string>{"first", "loss", "dfirst", "second", "dsecond"});
}

} // namespace tape_test
