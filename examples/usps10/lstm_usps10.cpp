// Trains the LSTM for USPS10 wholly in fixed point.
#include "program.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/recipes/q16.hpp>
#include <fxp/recipes/reference.hpp>
#include <fxp/recipes/reference_correctly_rounded.hpp>

namespace {

template <class Recipe>
using Fixed = usps10::Choice<Recipe, fxp::FixedArithmetic<Recipe>>;

} // namespace

int main(int argc, char** argv) {
    namespace recipes = fxp::recipes;
    return usps10::run_program<Fixed<recipes::Reference>, Fixed<recipes::ReferenceCorrectlyRounded>,
                               Fixed<recipes::Q16>>(
        argc, argv, "lstm_usps10", "fixed point",
        "Equal flags give equal parameters on every machine, at any number of threads, and after --resume.");
}
