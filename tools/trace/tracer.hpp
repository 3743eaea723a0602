// Three trainers in step: fixed point, floating point with the library's functions, floating point.
#pragma once

#include "observation.hpp"

#include "fxp/data/folder.hpp"
#include "usps10/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace fxp::trace {

inline constexpr std::int64_t max_plant = 1000000000000;

/// An error to be found: the first element of a parameter, moved by so many ULP, at most max_plant.
struct Plant {
    std::string parameter;
    std::int64_t ulps = 0;
};

struct Course {
    std::size_t steps = 0;
    bool synchronize = false;                  ///< every step starts from the fixed-point run's parameters and moments
    std::optional<std::filesystem::path> init; ///< a fixed-point run's checkpoint: the initial parameters
    std::optional<Plant> plant;                ///< in the fixed-point run's initial parameters
};

/// The same tensors in three number systems.
struct Traces {
    const Trace& fixed;
    const Trace& approximate; ///< floating point with the library's functions
    const Trace& real;        ///< floating point
};

/// Takes the traces of a step. Step 0 is the start: the parameters.
using Visit = std::function<void(std::size_t step, const Traces&)>;

/// Trains in fixed point by Recipe, and twice in double precision from the same parameters on the same batches; shows
/// every step. Throws ArgumentError for a parameter that is not there or has no room for what is planted in it,
/// DataError for a checkpoint of another model or recipe.
template <class Recipe>
void trace(const usps10::Settings& settings, const Course& course, const TrainTest& data, const Visit& visit);

} // namespace fxp::trace
