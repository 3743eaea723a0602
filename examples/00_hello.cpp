#include <cstdio>
#include <fxp/fxp.hpp>
int main() {
    fxp::FixedArithmetic<fxp::recipes::Reference> numbers; // 32-bit integers with 24 fraction bits
    fxp::Tape tape(numbers);
    fxp::nn::Linear<decltype(numbers)> line("line", 1, 1);
    fxp::optim::SGD sgd(numbers, line.parameters(), {.learning_rate = 0.5});
    const auto x = fxp::FxpTensor<8, 24>::from_real({1, 4}, {-1, 0, 1, 2});
    for (int step = 0; step < 100; ++step, sgd.step(), tape.clear(), line.zero_grad())
        tape.backward(fxp::nn::mse_loss(line(tape.input(x)), fxp::scale(x, 1)).variable); // learn y = 2 x
    std::printf("y = %.6f x\n", line.weight().value().to_real()[0]);
}
