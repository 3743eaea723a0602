// The float twin of lstm_usps10: the same model source, settings, initial values and batches.
#include "program.hpp"

#include <fxp/autograd/float_arithmetic.hpp>
#include <fxp/recipes/q16.hpp>
#include <fxp/recipes/reference.hpp>
#include <fxp/recipes/reference_correctly_rounded.hpp>

#include <Eigen/Core>

namespace {

/// In float the recipes that differ by formats alone differ by nothing.
template <class Recipe, class Settings = Recipe>
using Float = usps10::Choice<Recipe, fxp::FloatArithmetic<float>, Settings>;

} // namespace

int main(int argc, char** argv) {
    namespace recipes = fxp::recipes;
    Eigen::setNbThreads(1); // or it would share out large products whatever --threads says
    return usps10::run_program<Float<recipes::Reference>, Float<recipes::ReferenceCorrectlyRounded, recipes::Reference>,
                               Float<recipes::Q16>>(argc, argv, "lstm_usps10_float", "floating point", "");
}
