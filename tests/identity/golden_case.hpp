// A case of golden_run.
#pragma once

#include "usps10/model_settings.hpp"

#include <fxp/data/folder.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace identity {

/// What is trained, apart from the recipe's own settings.
struct Case {
    std::string_view name; ///< the recipe's, or that and "-" and what is different
    std::string_view recipe;
    usps10::ModelSettings model;
    std::size_t batch = 32;
    std::size_t steps = 20;
    bool regularized = false; ///< weight decay, clipping, warm-up and shifted images
};

/// Trains from seed 1; returns all parameters, the optimizer's state and the overflow log as text. golden_training.hpp
/// defines it; the recipes of a word width are instantiated in a source of their own, so that they compile side by
/// side.
template <class Recipe>
std::string run(const Case& what, const fxp::TrainTest& data, int threads);

} // namespace identity
