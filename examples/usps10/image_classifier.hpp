// ImageClassifier: reads an image and names its class, by an LSTM, a GRU or a perceptron. One source for every
// arithmetic.
#pragma once

#include "model_settings.hpp"

#include <fxp/autograd/tape.hpp>
#include <fxp/nn/gru_cell.hpp>
#include <fxp/nn/linear.hpp>
#include <fxp/nn/lstm_cell.hpp>
#include <fxp/nn/mlp.hpp>
#include <fxp/nn/recurrent.hpp>

#include <optional>
#include <span>
#include <vector>

namespace usps10 {

/// Hidden layers as the settings say, then a linear layer, Wl (classes, features) and bl (classes, 1), on their
/// features: the last h of the last layer of cells, in both directions if both are there, or the last hidden values of
/// the perceptron, whose hidden layers end in relu.
template <class A>
class ImageClassifier : public fxp::nn::Module<A> {
  public:
    using Value = fxp::Variable<A, fxp::Role::activation>;
    using Tensor = typename Value::Tensor;

    /// For images of height rows of width pixels. Throws ArgumentError for no layers.
    ImageClassifier(const ModelSettings& settings, std::size_t height, std::size_t width, std::size_t classes)
        : output_("Wl", "bl", (is_recurrent(settings) && settings.bidirectional ? 2 : 1) * settings.hidden, classes) {
        const fxp::nn::CellShape shape{width, settings.hidden, settings.rank_w, settings.rank_u};
        switch (settings.kind) {
        case ModelKind::lstm:
            this->add(lstm_.emplace(shape, settings.layers, settings.bidirectional));
            break;
        case ModelKind::gru:
            this->add(gru_.emplace(shape, settings.layers, settings.bidirectional));
            break;
        case ModelKind::mlp:
            std::vector<std::size_t> widths(settings.layers + 1, settings.hidden);
            widths.front() = height * width;
            this->add(mlp_.emplace(widths));
            break;
        }
        this->add(output_);
    }

    /// rows: one (width, batch) tensor for each row of the images. Returns the logits, (classes, batch).
    fxp::Variable<A, fxp::Role::logit> forward(fxp::Tape<A>& tape, const std::vector<Tensor>& rows) {
        rows_.clear();
        for (const Tensor& row : rows) rows_.push_back(tape.input(row, "x"));
        return output_(features(tape, rows_));
    }

  private:
    template <template <class> class Cell>
    using Layers = std::optional<fxp::nn::Recurrent<A, Cell>>;

    static bool is_recurrent(const ModelSettings& settings) { return settings.kind != ModelKind::mlp; }

    Value features(fxp::Tape<A>& tape, std::span<const Value> rows) {
        if (lstm_) return (*lstm_)(tape, rows);
        if (gru_) return (*gru_)(tape, rows);
        return fxp::relu((*mlp_)(fxp::cat(0, rows, "image")), "features");
    }

    // One of them is there.
    Layers<fxp::nn::LSTMCell> lstm_;
    Layers<fxp::nn::GRUCell> gru_;
    std::optional<fxp::nn::MLP<A>> mlp_;
    fxp::nn::Linear<A, fxp::Role::logit> output_;
    std::vector<Value> rows_; ///< kept from call to call for its capacity
};

} // namespace usps10
