// Trainer: the training loop of the ImageClassifier, one batch at a time. One source for every arithmetic.
#pragma once

#include "image_classifier.hpp"
#include "settings.hpp"

#include <fxp/data/dataset.hpp>
#include <fxp/data/image_rows.hpp>
#include <fxp/data/shift.hpp>
#include <fxp/data/shuffle.hpp>
#include <fxp/nn/accuracy.hpp>
#include <fxp/optim/learning_rate.hpp>
#include <fxp/tensor/layout.hpp>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

namespace usps10 {

/// Loss, accuracy and outputs on a data set.
template <class Tensor>
struct Evaluation {
    double loss = 0;
    std::size_t correct = 0;
    Tensor logits; ///< (classes, samples)
    std::uint64_t overflow_events = 0;
};

/// Trains an ImageClassifier on the rows of images by the loss and the optimizer of the recipe.
template <class A, class Recipe>
class Trainer {
  public:
    using Tensor = typename A::template Tensor<fxp::Role::activation>;
    using Logits = typename A::template Tensor<fxp::Role::logit>;
    using Loss = std::remove_const_t<decltype(Recipe::loss)>;
    using Targets = typename A::template Tensor<Loss::target_role>;
    using Optimizer = typename Recipe::template Optimizer<A>;

    /// Initial parameters are drawn from the seed.
    Trainer(const Settings& settings, int threads, const fxp::Dataset& train, const fxp::Dataset& test)
        : settings_(settings), classes_(train.classes), arithmetic_(settings.seed, threads),
          test_arithmetic_(settings.seed, threads),
          model_(model_settings(settings), train.height, train.width, train.classes), tape_(arithmetic_),
          test_tape_(test_arithmetic_), optimizer_(arithmetic_, model_.parameters(), optimizer_settings(settings)),
          loss_(loss_settings(settings)), train_(train, door(), settings.shifts ? 1 : 0), test_(test, door()) {
        class_targets_ =
            arithmetic_.template from_real<Loss::target_role>("targets", {classes_, classes_}, loss_.targets(classes_));
        learning_rate_ = {settings.learning_rate, fxp::optim::schedule_of(settings.schedule),
                          std::max<std::size_t>(settings.epochs * batches_per_epoch(), 1),
                          settings.warmup * batches_per_epoch()};
        Recipe::initial(model_, arithmetic_, settings.seed);
        test_tape_.observe_ranges(false);
    }

    A& arithmetic() { return arithmetic_; }
    ImageClassifier<A>& model() { return model_; }
    Optimizer& optimizer() { return optimizer_; }
    const Settings& settings() const { return settings_; }
    Progress& progress() { return progress_; }
    const Progress& progress() const { return progress_; }
    std::size_t batches_per_epoch() const { return (train_.size() + settings_.batch - 1) / settings_.batch; }
    std::size_t test_size() const { return test_.size(); }

    /// Trains on the next batch; the last one of an epoch may be short.
    void train_batch() {
        const auto begin = std::chrono::steady_clock::now();
        const std::span<const std::size_t> indices = next_indices();
        arithmetic_.begin_step(progress_.step);
        load(train_, indices, shifts_of(indices));
        model_.zero_grad();
        tape_.clear();
        const auto logits = model_.forward(tape_, rows_);
        const auto loss = loss_(logits, targets_);
        tape_.backward(loss.variable);
        optimizer_.set_learning_rate(learning_rate_.at(progress_.step));
        optimizer_.step(loss.gradient_scale());
        ++progress_.step;
        ++progress_.batch;
        progress_.samples += indices.size();
        progress_.correct += fxp::nn::count_correct(logits.value(), labels_);
        progress_.loss_sum += loss.mean() * static_cast<double>(indices.size());
        progress_.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    }

    bool epoch_complete() const { return progress_.batch == batches_per_epoch(); }

    /// Closes an epoch: tests, and appends its row to the history.
    const EpochRow& finish_epoch() {
        const Evaluation<Logits> test = evaluate_test();
        const auto samples = static_cast<double>(progress_.samples);
        progress_.history.push_back({++progress_.epoch, progress_.loss_sum / samples,
                                     static_cast<double>(progress_.correct) / samples, test.loss,
                                     static_cast<double>(test.correct) / static_cast<double>(test_.size()),
                                     progress_.seconds, arithmetic_.overflow_events()});
        progress_.batch = progress_.samples = progress_.correct = 0;
        progress_.loss_sum = progress_.seconds = 0;
        return progress_.history.back();
    }

    /// Leaves no trace in the training: it has an arithmetic with logs of its own.
    Evaluation<Logits> evaluate_test() {
        constexpr std::size_t chunk = 256;
        test_arithmetic_.begin_step(progress_.step);
        test_arithmetic_.overflow_log().clear();
        Evaluation<Logits> result;
        std::vector<Logits> parts;
        std::vector<std::size_t> indices(std::min(chunk, test_.size()));
        for (std::size_t first = 0; first < test_.size(); first += chunk) {
            indices.resize(std::min(chunk, test_.size() - first));
            std::iota(indices.begin(), indices.end(), first);
            load(test_, indices);
            test_tape_.clear();
            const auto logits = model_.forward(test_tape_, rows_);
            result.loss += loss_(logits, targets_).mean() * static_cast<double>(indices.size());
            result.correct += fxp::nn::count_correct(logits.value(), labels_);
            parts.push_back(logits.value());
        }
        result.loss /= static_cast<double>(test_.size());
        std::vector<const Logits*> pointers;
        for (const Logits& part : parts) pointers.push_back(&part);
        fxp::cat_into(result.logits, std::span<const Logits* const>(pointers), 1);
        result.overflow_events = test_arithmetic_.overflow_events();
        return result;
    }

  private:
    static auto optimizer_settings(const Settings& settings) {
        auto chosen = Recipe::optimizer;
        chosen.learning_rate = settings.learning_rate;
        if constexpr (requires { chosen.weight_decay; }) chosen.weight_decay = settings.weight_decay;
        if constexpr (requires { chosen.max_norm; }) chosen.max_norm = settings.max_norm;
        return chosen;
    }
    static Loss loss_settings(const Settings& settings) {
        Loss chosen = Recipe::loss;
        if constexpr (requires { chosen.label_smoothing; }) chosen.label_smoothing = settings.label_smoothing;
        return chosen;
    }

    auto door() {
        return [this](const fxp::Shape& shape, std::span<const double> reals) {
            return arithmetic_.template from_real<fxp::Role::activation>("x", shape, reals);
        };
    }

    std::span<const std::size_t> next_indices() {
        if (order_.empty() || progress_.epoch != order_epoch_) {
            order_epoch_ = progress_.epoch;
            order_ = settings_.shuffle ? fxp::shuffled_indices(train_.size(), settings_.seed,
                                                               static_cast<std::uint32_t>(order_epoch_))
                                       : fxp::in_order(train_.size());
        }
        const std::size_t first = progress_.batch * settings_.batch;
        return std::span(order_).subspan(first, std::min(settings_.batch, order_.size() - first));
    }

    /// How training samples move in this epoch; empty when they do not.
    std::span<const fxp::PixelShift> shifts_of(std::span<const std::size_t> indices) {
        if (!settings_.shifts) return {};
        fxp::random_shifts(settings_.seed, static_cast<std::uint32_t>(progress_.epoch), indices, shifts_);
        return shifts_;
    }

    void load(const fxp::ImageRows<Tensor>& data, std::span<const std::size_t> indices,
              std::span<const fxp::PixelShift> shifts = {}) {
        if (shifts.empty()) {
            data.gather(indices, rows_);
        } else {
            data.gather(indices, shifts, rows_);
        }
        data.gather(indices, labels_);
        class_indices_.assign(labels_.begin(), labels_.end());
        fxp::index_select_into(targets_, class_targets_, 1, class_indices_);
    }

    Settings settings_;
    std::size_t classes_;
    Progress progress_;
    A arithmetic_;
    A test_arithmetic_;
    ImageClassifier<A> model_;
    fxp::Tape<A> tape_;
    fxp::Tape<A> test_tape_;
    Optimizer optimizer_;
    fxp::optim::LearningRate learning_rate_;
    Loss loss_;
    fxp::ImageRows<Tensor> train_;
    fxp::ImageRows<Tensor> test_;
    std::vector<std::size_t> order_;
    std::size_t order_epoch_ = 0;
    std::vector<fxp::PixelShift> shifts_;
    std::vector<Tensor> rows_;
    std::vector<int> labels_;
    std::vector<std::size_t> class_indices_; ///< the labels once more
    Targets class_targets_;                  ///< column k: the targets of class k
    Targets targets_;
};

} // namespace usps10
