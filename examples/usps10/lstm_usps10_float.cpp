// The float twin of lstm_usps10: the same model source, settings, initial values and batches.
#include "program.hpp"

#include <fxp/autograd/float_arithmetic.hpp>

int main(int argc, char** argv) {
    using Recipe = fxp::recipes::Reference;
    return usps10::run_program<fxp::FloatArithmetic<float>, Recipe>(argc, argv, "lstm_usps10_float", "floating point",
                                                                    "");
}
