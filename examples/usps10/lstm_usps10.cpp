// Trains the LSTM for USPS10 wholly in fixed point.
#include "program.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>

int main(int argc, char** argv) {
    using Recipe = fxp::recipes::Reference;
    return usps10::run_program<fxp::FixedArithmetic<Recipe>, Recipe>(
        argc, argv, "lstm_usps10", "fixed point",
        "Equal flags give equal parameters on every machine, at any number of threads, and after --resume.");
}
