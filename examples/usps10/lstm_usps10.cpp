// Trains the LSTM for USPS10 wholly in fixed point.
#include "program.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/recipes/q16.hpp>
#include <fxp/recipes/q8.hpp>
#include <fxp/recipes/reference.hpp>
#include <fxp/recipes/reference_correctly_rounded.hpp>
#include <fxp/recipes/run_time.hpp>

namespace {

template <class Recipe>
using Fixed = usps10::Choice<Recipe, fxp::FixedArithmetic<Recipe>>;

/// Q16, or its training with formats chosen at run time.
struct Chosen : Fixed<fxp::recipes::Q16> {
    static constexpr bool takes_formats = true;
    static int run(const usps10::Options& options, const std::string& program, const usps10::Start& start) {
        using fxp::recipes::RunTime;
        if (start.formats.empty()) return Fixed<fxp::recipes::Q16>::run(options, program, start);
        if (usps10::format_table(start.formats).widest() <= 16) {
            return Fixed<RunTime<std::int16_t>>::run(options, program, start);
        }
        return Fixed<RunTime<std::int32_t>>::run(options, program, start);
    }
};

} // namespace

int main(int argc, char** argv) {
    namespace recipes = fxp::recipes;
    return usps10::run_program<Chosen, Fixed<recipes::Q8>, Fixed<recipes::Reference>,
                               Fixed<recipes::ReferenceCorrectlyRounded>>(
        argc, argv, "lstm_usps10", "fixed point",
        "Equal flags give equal parameters on every machine, at any number of threads, and after --resume.");
}
