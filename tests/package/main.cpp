// A user's program, the same one for each way of getting the library: it learns y = 2 x + 1 in 32-bit integers.
#include <cstdio>
#include <fxp/fxp.hpp>

int main() {
    using Arithmetic = fxp::FixedArithmetic<fxp::recipes::Reference>;
    Arithmetic arithmetic;
    fxp::Tape tape(arithmetic);
    fxp::nn::Linear<Arithmetic> line("line", 1, 1);
    fxp::optim::SGD sgd(arithmetic, line.parameters(), {.learning_rate = 0.2, .momentum = 0.5});
    const auto x = fxp::FxpTensor<8, 24>::from_real({1, 4}, {-1, 0, 1, 2});
    const auto y = fxp::FxpTensor<8, 24>::from_real({1, 4}, {-1, 1, 3, 5});
    for (int step = 0; step < 200; ++step) {
        tape.clear();
        line.zero_grad();
        tape.backward(fxp::nn::mse_loss(line(tape.input(x)), y).variable);
        sgd.step();
    }
    const double slope = line.weight().value().to_real()[0];
    const double offset = line.bias().value().to_real()[0];
    std::printf("y = %.5f x + %.5f\n", slope, offset);
    return slope > 1.9999 && slope < 2.0001 && offset > 0.9999 && offset < 1.0001 ? 0 : 1;
}
