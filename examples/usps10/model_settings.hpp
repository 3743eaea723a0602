// What kind of model a run trains, and its sizes. All of it is public.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace usps10 {

enum class ModelKind {
    lstm, ///< fxp::nn::LSTMCell over the rows of an image
    gru,  ///< fxp::nn::GRUCell over the rows of an image
    mlp   ///< fxp::nn::MLP on all pixels of an image
};

/// The names of the kinds, in their order.
inline constexpr std::array<std::string_view, 3> model_names{"lstm", "gru", "mlp"};

/// The kind of that name, or none.
constexpr std::optional<ModelKind> model_kind(std::string_view name) {
    for (std::size_t k = 0; k < model_names.size(); ++k) {
        if (model_names[k] == name) return static_cast<ModelKind>(k);
    }
    return std::nullopt;
}

struct ModelSettings {
    ModelKind kind = ModelKind::lstm;
    std::size_t hidden = 10;    ///< hidden values of a layer, and of each direction
    std::size_t rank_w = 4;     ///< of lstm and gru: rank of the input side, 0 for full matrices
    std::size_t rank_u = 0;     ///< of lstm and gru: the same of the hidden side
    std::size_t layers = 1;     ///< layers of cells; hidden layers of mlp
    bool bidirectional = false; ///< of lstm and gru: further cells read the rows from last to first
};

} // namespace usps10
