// Checkpoints of a run: parameters, moments, settings and progress in one safetensors file.
#pragma once

#include "settings.hpp"

#include <fxp/autograd/tape.hpp>
#include <fxp/io/atomic_file.hpp>
#include <fxp/io/sha256.hpp>
#include <fxp/io/tensor_files.hpp>
#include <fxp/optim/reference_adam.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <limits>
#include <optional>
#include <string>

namespace usps10 {

using Json = nlohmann::ordered_json;

/// What a run file says of itself before its tensors are read.
struct RunState {
    std::string arithmetic; ///< "fixed" or "float"
    std::string dataset;
    Settings settings;
    Progress progress;
    std::vector<fxp::OverflowRow> overflow;
    std::vector<fxp::RangeRow> ranges;
};

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Settings, recipe, formats, batch, model, hidden, rank_w, rank_u, layers,
                                   bidirectional, learning_rate, schedule, epochs, warmup, weight_decay,
                                   label_smoothing, max_norm, seed, shuffle, shifts)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(EpochRow, epoch, train_loss, train_accuracy, test_loss, test_accuracy, seconds,
                                   overflow_events)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Progress, epoch, step, batch, samples, correct, loss_sum, seconds, history)

} // namespace usps10

namespace fxp {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(OverflowRow, operation, tensor, first_step, last_step, count, worst_value)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RangeRow, tensor, largest_magnitude)

} // namespace fxp

namespace usps10 {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RunState, arithmetic, dataset, settings, progress, overflow, ranges)

/// The first member of `found` that is missing or of another kind than in `like`, whose arrays have one element, like
/// which all are to be. Numbers are counts or reals: nlohmann-json would make one of the other, whatever its size.
inline std::optional<std::string> unlike(const nlohmann::json& found, const nlohmann::json& like,
                                         const std::string& name) {
    const bool same_kind = like.is_number_unsigned() ? found.is_number_unsigned()
                           : like.is_number()        ? found.is_number()
                                                     : found.type() == like.type();
    if (!same_kind) return name;
    if (like.is_array()) {
        for (const auto& element : found) {
            if (auto wrong = unlike(element, like.at(0), name + "[]")) return wrong;
        }
    } else if (like.is_object()) {
        for (const auto& [key, value] : like.items()) {
            const std::string member = name + "." + key;
            if (!found.contains(key)) return member;
            if (auto wrong = unlike(found[key], value, member)) return wrong;
        }
    }
    return std::nullopt;
}

/// Metadata key of the RunState.
inline constexpr const char* run_key = "run";

/// SHA-256 over all parameters in order: name, a zero byte, the elements as little-endian bytes.
template <class A>
std::string parameters_sha256(const std::vector<fxp::AnyParameter<A>>& parameters) {
    fxp::Sha256 digest;
    for (const fxp::AnyParameter<A>& any : parameters) {
        std::visit(
            [&](const auto* parameter) {
                using Element = typename std::remove_cvref_t<decltype(parameter->value())>::Element;
                const std::string& name = parameter->name();
                digest.update(std::as_bytes(std::span(name.c_str(), name.size() + 1)));
                std::vector<std::byte> bytes(parameter->value().size() * sizeof(Element));
                std::memcpy(bytes.data(), parameter->value().data(), bytes.size());
                fxp::swap_if_big_endian(bytes, sizeof(Element));
                digest.update(bytes);
            },
            any);
    }
    return digest.hex();
}

/// Writes the whole state of a trainer; the file appears complete or not at all.
template <class Trainer>
void write_checkpoint(const std::filesystem::path& path, Trainer& trainer, const std::string& dataset) {
    auto& arithmetic = trainer.arithmetic();
    fxp::Safetensors file;
    for (const auto& any : trainer.model().parameters()) {
        std::visit(
            [&]<class A, fxp::Role R>(const fxp::Parameter<A, R>* parameter) {
                fxp::add_tensor(file, parameter->name(), fxp::role_name(R), parameter->value());
            },
            any);
    }
    trainer.optimizer().for_each_state([&](const std::string& name, const auto& tensor) {
        fxp::add_tensor(file, name, fxp::role_name(fxp::Role::moment), tensor);
    });
    const RunState state{arithmetic.kind,
                         dataset,
                         trainer.settings(),
                         trainer.progress(),
                         arithmetic.overflow_log().rows(),
                         arithmetic.range_log().rows()};
    file.metadata[run_key] = nlohmann::json(state).dump();
    fxp::write_safetensors(path, file);
}

/// The state that a checkpoint was written in. Throws DataError when it is not a checkpoint of this program.
inline RunState run_state(const fxp::Safetensors& file, const std::string& path) {
    const auto found = file.metadata.find(run_key);
    if (found == file.metadata.end()) {
        throw fxp::DataError(path + ": no metadata '" + run_key + "', expected a checkpoint of this program");
    }
    RunState state;
    try {
        // JSON has no NaN: a diverged run has null instead.
        const auto no_null = [](int, nlohmann::json::parse_event_t, nlohmann::json& value) {
            if (value.is_null()) value = std::numeric_limits<double>::quiet_NaN();
            return true;
        };
        const auto json = nlohmann::json::parse(found->second, no_null);
        RunState like;
        like.settings.formats.emplace_back();
        like.progress.history.emplace_back();
        like.overflow.emplace_back();
        like.ranges.emplace_back();
        if (const auto wrong = unlike(json, nlohmann::json(like), run_key)) {
            throw fxp::DataError(path + ": damaged metadata '" + run_key + "': " + *wrong +
                                 " is missing or of another kind, expected a checkpoint of this program");
        }
        state = json.get<RunState>();
    } catch (const nlohmann::json::exception& error) {
        throw fxp::DataError(path + ": damaged metadata '" + run_key +
                             "': " + fxp::detail::printable(error.what(), 200));
    }
    if (!in_bounds(state.settings)) {
        throw fxp::DataError(path + ": damaged metadata '" + run_key + "': settings " +
                             fxp::detail::printable(nlohmann::json(state.settings).dump(-1, ' ', true), 480) +
                             ", expected values that the flags accept");
    }
    return state;
}

/// Fills the parameters from a checkpoint. Throws DataError for missing tensors, other shapes and formats.
template <class Trainer>
void take_parameters(const fxp::Safetensors& file, const std::string& path, Trainer& trainer) {
    for (const auto& any : trainer.model().parameters()) {
        std::visit([&](auto* parameter) { fxp::take_tensor(file, path, parameter->name(), parameter->value()); }, any);
    }
}

/// Puts a trainer, built with the checkpoint's settings, where the checkpoint was written.
template <class Trainer>
void resume(const fxp::Safetensors& file, const std::string& path, const RunState& state, Trainer& trainer) {
    const Progress& p = state.progress;
    const std::size_t batches = trainer.batches_per_epoch();
    if (p.batch >= batches || p.step != p.epoch * batches + p.batch || p.history.size() != p.epoch ||
        p.samples != p.batch * state.settings.batch) {
        throw fxp::DataError(path + ": damaged metadata '" + run_key + "': step " + std::to_string(p.step) + " after " +
                             std::to_string(p.epoch) + " epochs and " + std::to_string(p.batch) +
                             " batches, expected epochs of " + std::to_string(batches) + " batches");
    }
    take_parameters(file, path, trainer);
    trainer.optimizer().for_each_state(
        [&](const std::string& name, auto& tensor) { fxp::take_tensor(file, path, name, tensor); });
    trainer.optimizer().resume_at(state.progress.step);
    trainer.progress() = state.progress;
    trainer.arithmetic().overflow_log().restore(state.overflow);
    trainer.arithmetic().range_log().merge(state.ranges);
}

} // namespace usps10
