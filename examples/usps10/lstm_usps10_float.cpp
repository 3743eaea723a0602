// The float twin of lstm_usps10: the same model source, settings, initial values and batches.
#include "program.hpp"

#include <fxp/autograd/float_arithmetic.hpp>
#include <fxp/recipes/q16.hpp>
#include <fxp/recipes/q8.hpp>
#include <fxp/recipes/reference.hpp>
#include <fxp/recipes/reference_correctly_rounded.hpp>

#include <Eigen/Core>

namespace {

/// In float the recipes that differ by formats alone differ by nothing.
template <class Recipe, class Settings = Recipe>
using Float = usps10::Choice<Recipe, fxp::FloatArithmetic<float>, Settings>;

/// Takes formats and leaves them: so the twin of any run has its flags.
struct Chosen : Float<fxp::recipes::Q16> {
    static constexpr bool takes_formats = true;
};

} // namespace

int main(int argc, char** argv) {
    namespace recipes = fxp::recipes;
    Eigen::setNbThreads(1); // or it would share out large products whatever --threads says
    return usps10::run_program<Chosen, Float<recipes::Q8, recipes::Q16>, Float<recipes::Reference>,
                               Float<recipes::ReferenceCorrectlyRounded, recipes::Reference>>(
        argc, argv, "lstm_usps10_float", "floating point", "");
}
