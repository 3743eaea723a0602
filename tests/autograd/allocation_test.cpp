// A training step allocates nothing once warm.
#include "support/catch.hpp"
#include "usps10/lstm_classifier.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/recipes/reference.hpp>

#include <cstdlib>
#include <new>
#include <vector>

namespace {

bool counting = false;
std::size_t allocations = 0;

void* allocate(std::size_t size) {
    if (counting) ++allocations;
    void* memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

} // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

TEST_CASE("a training step of the LSTM allocates nothing once warm", "[autograd]") {
    using Recipe = fxp::recipes::Reference;
    using A = fxp::FixedArithmetic<Recipe>;
    constexpr fxp::Role role = fxp::Role::activation;
    A arithmetic;
    fxp::Tape<A> tape(arithmetic);
    usps10::LstmClassifier<A> model({16, 10, 4, 3}, 10);
    fxp::nn::initialize_normal(model, arithmetic, 1, 0.1);
    Recipe::Optimizer<A> optimizer(arithmetic, model.parameters(), Recipe::optimizer);
    const std::vector<double> pixels(16 * 128, 0.3);
    const std::vector<double> classes(10 * 128, 4);
    const std::vector<A::Tensor<role>> rows(5, arithmetic.from_real<role>("x", {16, 128}, pixels));
    const auto targets = arithmetic.from_real<role>("t", {10, 128}, classes);

    const auto step = [&](std::uint64_t number) {
        arithmetic.begin_step(number);
        model.zero_grad();
        tape.clear();
        tape.backward(Recipe::loss(model.forward(tape, rows), targets).variable);
        optimizer.step();
    };
    step(0);
    step(1);
    counting = true;
    step(2);
    counting = false;
    CHECK(allocations == 0);

    counting = true;
    const std::vector<int> planted(3);
    counting = false;
    CHECK(allocations == 1);
}
