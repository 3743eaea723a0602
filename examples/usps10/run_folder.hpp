// What a run leaves behind: results as JSON, histories as CSV, outputs as .npy.
#pragma once

#include "checkpoint.hpp"
#include "trainer.hpp"

#include <cmath>
#include <filesystem>
#include <string>

namespace usps10 {

namespace detail {

/// Shortest text that reads back as the same double; empty when it is not finite.
inline std::string number(double value) { return std::isfinite(value) ? Json(value).dump() : std::string(); }

} // namespace detail

inline std::string history_csv(const std::vector<EpochRow>& history) {
    std::string text = "epoch,train_loss,train_accuracy,test_loss,test_accuracy,seconds,overflow_events\n";
    for (const EpochRow& row : history) {
        text += std::to_string(row.epoch) + "," + detail::number(row.train_loss) + "," +
                detail::number(row.train_accuracy) + "," + detail::number(row.test_loss) + "," +
                detail::number(row.test_accuracy) + "," + detail::number(row.seconds) + "," +
                std::to_string(row.overflow_events) + "\n";
    }
    return text;
}

inline std::string ranges_csv(const std::vector<fxp::RangeRow>& rows) {
    std::string text = "tensor,largest_magnitude,integer_bits\n";
    for (const fxp::RangeRow& row : rows) {
        const bool finite = std::isfinite(row.largest_magnitude); // what a diverged float run is not
        text += row.tensor + "," + detail::number(row.largest_magnitude) + "," +
                (finite ? std::to_string(row.integer_bits()) : std::string()) + "\n";
    }
    return text;
}

/// A row for each exponent e that elements had, 2^e <= |x| < 2^(e + 1); an empty exponent stands for zeros.
inline std::string distributions_csv(const std::vector<fxp::RangeRow>& rows) {
    using fxp::ExponentCounts;
    std::string text = "tensor,role,exponent,count\n";
    for (const fxp::RangeRow& row : rows) {
        const auto line = [&](const std::string& exponent, std::uint64_t count) {
            if (count == 0) return;
            text += row.tensor + "," + row.role + "," + exponent + "," + std::to_string(count) + "\n";
        };
        line("", row.exponents.zeros());
        for (int e = ExponentCounts::least; e <= ExponentCounts::most; ++e) {
            line(std::to_string(e), row.exponents.count(e));
        }
    }
    return text;
}

inline std::string overflow_csv(const std::vector<fxp::OverflowRow>& rows) {
    std::string text = "operation,tensor,first_step,last_step,count,worst_value\n";
    for (const fxp::OverflowRow& row : rows) {
        text += row.operation + "," + row.tensor + "," + std::to_string(row.first_step) + "," +
                std::to_string(row.last_step) + "," + std::to_string(row.count) + "," +
                detail::number(row.worst_value) + "\n";
    }
    return text;
}

/// The results of a run as --json and run.json show them.
template <class Trainer, class Evaluation>
Json results(const std::string& program, Trainer& trainer, const Evaluation& test, const std::string& dataset,
             int threads, double seconds) {
    const Settings& settings = trainer.settings();
    const std::vector<EpochRow>& history = trainer.progress().history;
    const auto test_count = static_cast<double>(trainer.test_size());
    Json json{{"program", program},
              {"arithmetic", trainer.arithmetic().kind},
              {"recipe", settings.recipe},
              {"dataset", dataset},
              {"seed", settings.seed},
              {"epochs", trainer.progress().epoch},
              {"steps", trainer.progress().step},
              {"batch", settings.batch},
              {"model", settings.model},
              {"hidden", settings.hidden},
              {"rank_w", settings.rank_w},
              {"rank_u", settings.rank_u},
              {"layers", settings.layers},
              {"bidirectional", settings.bidirectional},
              {"parameters", trainer.model().parameter_count()},
              {"formats", settings.formats},
              {"learning_rate", settings.learning_rate},
              {"schedule", settings.schedule},
              {"warmup", settings.warmup},
              {"weight_decay", settings.weight_decay},
              {"label_smoothing", settings.label_smoothing},
              {"clip", settings.max_norm},
              {"shuffle", settings.shuffle},
              {"shifts", settings.shifts},
              {"threads", threads},
              {"test_accuracy", static_cast<double>(test.correct) / test_count},
              {"test_correct", test.correct},
              {"test_count", trainer.test_size()},
              {"test_loss", test.loss},
              {"train_accuracy", nullptr},
              {"train_loss", nullptr},
              {"last20_test_accuracy_mean", nullptr},
              {"last20_test_accuracy_deviation", nullptr},
              {"seconds", seconds},
              {"seconds_per_epoch", nullptr},
              {"overflow_events", trainer.arithmetic().overflow_events()},
              {"overflow", Json::array()},
              {"test_overflow_events", test.overflow_events},
              {"parameters_sha256", parameters_sha256(trainer.model().parameters())}};
    for (const fxp::OverflowRow& row : trainer.arithmetic().overflow_log().rows()) {
        json["overflow"].push_back({{"operation", row.operation}, {"tensor", row.tensor}, {"count", row.count}});
    }
    if (history.empty()) return json;
    json["train_accuracy"] = history.back().train_accuracy;
    json["train_loss"] = history.back().train_loss;
    const std::size_t last = std::min<std::size_t>(20, history.size());
    double sum = 0;
    double squares = 0;
    double training = 0;
    for (std::size_t i = history.size() - last; i < history.size(); ++i) sum += history[i].test_accuracy;
    const double mean = sum / static_cast<double>(last);
    for (std::size_t i = history.size() - last; i < history.size(); ++i) {
        squares += (history[i].test_accuracy - mean) * (history[i].test_accuracy - mean);
    }
    for (const EpochRow& row : history) training += row.seconds;
    json["last20_test_accuracy_mean"] = mean;
    json["last20_test_accuracy_deviation"] = std::sqrt(squares / static_cast<double>(last));
    json["seconds_per_epoch"] = training / static_cast<double>(history.size());
    return json;
}

/// A checkpoint was written that the folder's results are not of: removes run.json, which tells that the folder is
/// whole. Throws DataError when that cannot be.
inline void retire_results(const std::filesystem::path& folder) {
    const std::filesystem::path path = folder / "run.json";
    std::error_code error;
    if (!std::filesystem::remove(path, error) && !error) return;
    if (error) throw fxp::DataError("cannot remove " + path.string() + ": " + error.message());
    fxp::sync_folder(folder);
}

/// Fills the --out folder beside its checkpoint; run.json comes last, when all the others are there.
template <class Trainer, class Evaluation>
void write_run_folder(const std::filesystem::path& folder, Trainer& trainer, const Evaluation& test,
                      const std::vector<int>& test_labels, const Json& json) {
    fxp::write_file(folder / "history.csv", history_csv(trainer.progress().history));
    fxp::write_file(folder / "ranges.csv", ranges_csv(trainer.arithmetic().range_log().rows()));
    fxp::write_file(folder / "overflow.csv", overflow_csv(trainer.arithmetic().overflow_log().rows()));
    fxp::save_npy(folder / "test_logits.npy", test.logits);
    const std::vector<std::size_t> shape{test_labels.size()};
    fxp::write_npy<std::int32_t>(folder / "test_labels.npy", shape, test_labels);
    fxp::write_file(folder / "run.json", json.dump(2) + "\n");
}

/// One .npy per parameter.
template <class A>
void export_parameters(const std::filesystem::path& folder, const std::vector<fxp::AnyParameter<A>>& parameters) {
    for (const fxp::AnyParameter<A>& any : parameters) {
        std::visit([&](const auto* p) { fxp::save_npy(folder / (p->name() + ".npy"), p->value()); }, any);
    }
}

/// Reads what export_parameters writes.
template <class A>
void import_parameters(const std::filesystem::path& folder, const std::vector<fxp::AnyParameter<A>>& parameters) {
    for (const fxp::AnyParameter<A>& any : parameters) {
        std::visit([&](auto* p) { fxp::load_npy(folder / (p->name() + ".npy"), p->value()); }, any);
    }
}

} // namespace usps10
