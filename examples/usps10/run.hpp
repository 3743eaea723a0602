// A run of a trainer: one arithmetic, one recipe.
#pragma once

#include "program.hpp"
#include "progress.hpp"
#include "run_folder.hpp"
#include "trainer.hpp"

#include <fxp/autograd/recipe_tensors.hpp>
#include <fxp/data/folder.hpp>
#include <fxp/io/program.hpp>
#include <fxp/tensor/overflow_table.hpp>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <unistd.h>

namespace usps10 {

namespace detail {

/// Throws DataError unless the folder is there, or can be made, and may be written to. Makes nothing.
inline void require_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::path there = std::filesystem::absolute(folder, error);
    while (!std::filesystem::exists(there, error) && there.has_relative_path()) there = there.parent_path();
    std::string reason;
    if (folder.empty()) {
        reason = "'', the name is empty";
    } else if (!std::filesystem::is_directory(there, error)) {
        reason = there.string() + " is not a folder";
    } else if (::access(there.c_str(), W_OK | X_OK) != 0) {
        reason = there.string() + " may not be written to";
    } else {
        return;
    }
    throw fxp::DataError("cannot write into " + folder.string() + ": " + reason + ", expected a folder");
}

/// The folder of a file; "." when none is given.
inline std::filesystem::path folder_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

/// Throws DataError unless the file can be written or replaced.
inline void require_file(const std::filesystem::path& file) {
    require_folder(folder_of(file));
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (file.has_filename() && (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status))) return;
    throw fxp::DataError("cannot write " + file.string() + ": not a regular file, expected one or none");
}

inline void make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::path there = std::filesystem::absolute(folder, error);
    std::vector<std::filesystem::path> parents; // of the folders that are made
    for (; !std::filesystem::exists(there, error) && there.has_relative_path(); there = there.parent_path()) {
        parents.push_back(there.parent_path());
    }
    std::filesystem::create_directories(folder, error);
    if (!std::filesystem::is_directory(folder)) {
        throw fxp::DataError("cannot make the folder " + folder.string() + ": " + error.message());
    }
    for (const std::filesystem::path& parent : parents) fxp::sync_folder(parent);
}

/// Makes the folders of everything that is to be written. When one thing cannot be written, nothing is made.
inline void prepare_outputs(const Options& options) {
    if (options.out) require_folder(*options.out);
    if (options.export_npy) require_folder(*options.export_npy);
    if (options.export_logits) require_file(*options.export_logits);
    if (options.json) require_file(*options.json);
    if (options.out) make_folder(*options.out);
    if (options.export_npy) make_folder(*options.export_npy);
    if (options.export_logits) make_folder(folder_of(*options.export_logits));
    if (options.json) make_folder(folder_of(*options.json));
}

/// A perceptron has no cells: their defaults are dropped; flags that ask for some throw ArgumentError.
inline void require_no_cells(const Options& options, Settings& settings) {
    const auto refuse = [](const std::string& flag) {
        throw fxp::ArgumentError(flag + ": not with --model mlp, expected --model lstm or gru");
    };
    if (options.rank_w.value_or(0) > 0) refuse("--rank-w " + std::to_string(*options.rank_w));
    if (options.rank_u.value_or(0) > 0) refuse("--rank-u " + std::to_string(*options.rank_u));
    if (options.bidirectional) refuse("--bidirectional");
    settings.rank_w = settings.rank_u = 0;
}

/// The settings of the run: the checkpoint's, or the defaults with the flags given. Throws DataError when a flag
/// contradicts the checkpoint, ArgumentError when it contradicts another one.
inline Settings choose_settings(const Options& options, const Start& start, const Settings& defaults) {
    const std::optional<RunState>& resumed = start.resumed;
    Settings settings = resumed ? resumed->settings : defaults;
    const auto take = [&](const char* flag, auto& value, const auto& given) {
        if (!given) return;
        if (resumed && !(value == *given)) {
            throw fxp::DataError(options.resume->string() + ": the checkpoint was made with " + flag + " " +
                                 Json(value).dump() + ", the command line says " + Json(*given).dump());
        }
        value = *given;
    };
    const auto agree = [&](const char* what, const Json& made_with, const Json& said) {
        if (!resumed || made_with == said) return;
        throw fxp::DataError(options.resume->string() + ": the checkpoint was made with " + what + " " +
                             made_with.dump() + ", the command line says " + said.dump());
    };
    agree("--recipe", settings.recipe, start.recipe);
    agree("formats", settings.formats, start.formats);
    take("--batch", settings.batch, options.batch);
    take("--model", settings.model, options.model);
    take("--hidden", settings.hidden, options.hidden);
    take("--rank-w", settings.rank_w, options.rank_w);
    take("--rank-u", settings.rank_u, options.rank_u);
    take("--layers", settings.layers, options.layers);
    if (options.bidirectional) take("--bidirectional", settings.bidirectional, std::optional<bool>(true));
    take("--lr", settings.learning_rate, options.learning_rate);
    take("--schedule", settings.schedule, options.schedule);
    take("--warmup", settings.warmup, options.warmup);
    take("--weight-decay", settings.weight_decay, options.weight_decay);
    take("--label-smoothing", settings.label_smoothing, options.label_smoothing);
    take("--clip", settings.max_norm, options.max_norm);
    take("--seed", settings.seed, options.seed);
    // A constant learning rate knows no end: such a run may go on for longer than was said.
    if (settings.schedule == "constant" && options.epochs) settings.epochs = *options.epochs;
    take("--epochs", settings.epochs, options.epochs);
    if (options.no_shuffle) take("--no-shuffle, shuffle", settings.shuffle, std::optional<bool>(false));
    if (options.shifts) take("--shifts", settings.shifts, std::optional<bool>(true));
    if (model_kind(settings.model) == ModelKind::mlp) require_no_cells(options, settings);
    return settings;
}

/// The arithmetic of a run, its formats those of the settings where they are chosen at run time.
template <class A, class Recipe>
A make_arithmetic(const Settings& settings, int threads) {
    if constexpr (fxp::RunTimeRecipe<Recipe>) {
        return A(settings.seed, threads, Recipe(format_table(settings.formats)));
    } else {
        return A(settings.seed, threads);
    }
}

/// Throws ArgumentError for a setting that the recipe's loss or optimizer does not know.
template <class Recipe>
void require_support(const Settings& settings) {
    const auto refuse = [](const char* flag, double value) {
        throw fxp::ArgumentError(std::string(flag) + " " + Json(value).dump() + ": recipe " +
                                 std::string(Recipe::name) + " knows none, expected 0");
    };
    if constexpr (!requires { Recipe::optimizer.weight_decay; }) {
        if (settings.weight_decay != 0) refuse("--weight-decay", settings.weight_decay);
        if (settings.max_norm != 0) refuse("--clip", settings.max_norm);
    }
    if constexpr (!requires { Recipe::loss.label_smoothing; }) {
        if (settings.label_smoothing != 0) refuse("--label-smoothing", settings.label_smoothing);
    }
}

template <class Trainer>
std::string progress_text(const Trainer& trainer) {
    const Progress& progress = trainer.progress();
    char text[160] = "";
    int used = 0;
    if (progress.samples > 0) {
        const auto samples = static_cast<double>(progress.samples);
        used = std::snprintf(text, sizeof text, "loss %.4f, train %.1f %%", progress.loss_sum / samples,
                             100 * static_cast<double>(progress.correct) / samples);
    }
    if (!progress.history.empty()) {
        std::snprintf(text + used, sizeof text - static_cast<std::size_t>(used), "%stest %.1f %%", used > 0 ? ", " : "",
                      100 * progress.history.back().test_accuracy);
    }
    return text;
}

/// Trains until `epochs` are complete, `max_steps` are done or a signal arrives. `save` is called every
/// options.save_every seconds.
template <class Trainer, class Save>
void train(Trainer& trainer, std::size_t epochs, const Options& options, ProgressBar& bar, Save&& save) {
    using Clock = std::chrono::steady_clock;
    const std::chrono::seconds interval(options.save_every);
    Clock::time_point next_save = Clock::now() + interval;
    while (trainer.progress().epoch < epochs && stop_signal() == 0) {
        if (options.max_steps && trainer.progress().step >= *options.max_steps) return;
        trainer.train_batch();
        if (trainer.epoch_complete()) trainer.finish_epoch();
        if (Clock::now() >= next_save) {
            save();
            next_save = Clock::now() + interval;
        }
        bar.show(trainer.progress().step, progress_text(trainer));
    }
}

inline void print_summary(const Json& json, const fxp::OverflowLog& overflow) {
    std::printf("%s: %s arithmetic, recipe %s, %s\n", json["program"].get<std::string>().c_str(),
                json["arithmetic"].get<std::string>().c_str(), json["recipe"].get<std::string>().c_str(),
                json["dataset"].get<std::string>().c_str());
    std::printf("  test accuracy  %.2f %% (%zu of %zu), loss %.4f, after %zu epochs\n",
                100 * json["test_accuracy"].get<double>(), json["test_correct"].get<std::size_t>(),
                json["test_count"].get<std::size_t>(), json["test_loss"].get<double>(),
                json["epochs"].get<std::size_t>());
    if (!json["seconds_per_epoch"].is_null()) {
        std::printf("  training       %.3f s per epoch, last 20 epochs' test accuracy %.2f +- %.2f %%\n",
                    json["seconds_per_epoch"].get<double>(), 100 * json["last20_test_accuracy_mean"].get<double>(),
                    100 * json["last20_test_accuracy_deviation"].get<double>());
    }
    std::printf("  parameters     %zu, SHA-256 %s\n", json["parameters"].get<std::size_t>(),
                json["parameters_sha256"].get<std::string>().c_str());
    std::printf("  overflow       %llu events\n", json["overflow_events"].get<unsigned long long>());
    if (!overflow.rows().empty()) std::printf("\n%s", fxp::to_text(overflow).c_str());
}

} // namespace detail

template <class A, class Recipe>
int run(const Options& options, const std::string& program, const Start& start) {
    using namespace detail;
    const auto begin = std::chrono::steady_clock::now();
    catch_stop_signals();
    const std::optional<RunState>& resumed = start.resumed;
    if (resumed && resumed->arithmetic != A::kind) {
        throw fxp::DataError(options.resume->string() + ": a checkpoint of " + resumed->arithmetic +
                             " arithmetic, expected " + A::kind);
    }
    Settings defaults = default_settings<Recipe>();
    defaults.recipe = start.recipe;
    defaults.formats = start.formats;
    const Settings settings = choose_settings(options, start, defaults);
    require_support<Recipe>(settings);
    const fxp::TrainTest data = fxp::read_folder(options.data);
    if (resumed && resumed->dataset != data.train.name) {
        throw fxp::DataError(options.resume->string() + ": the checkpoint was made on " + resumed->dataset + ", " +
                             options.data.string() + " holds " + data.train.name);
    }

    Trainer<A, Recipe> trainer(settings, make_arithmetic<A, Recipe>(settings, options.threads), data.train, data.test);
    if (options.distributions) trainer.arithmetic().range_log().keep_distributions();
    if (resumed) resume(*start.checkpoint, options.resume->string(), *resumed, trainer);
    if (options.init) {
        if (std::filesystem::is_directory(*options.init)) {
            import_parameters(*options.init, trainer.model().parameters());
        } else {
            take_parameters(fxp::read_safetensors(*options.init), options.init->string(), trainer);
        }
    }
    prepare_outputs(options); // only now that everything was read

    std::optional<std::size_t> saved_step;
    const auto save = [&] {
        if (!options.out || saved_step == trainer.progress().step) return;
        write_checkpoint(*options.out / "checkpoint.safetensors", trainer, data.train.name);
        saved_step = trainer.progress().step;
        retire_results(*options.out);
    };
    save(); // from now on the folder's checkpoint is one of this run
    {
        const std::size_t epochs = settings.epochs;
        ProgressBar bar(program, trainer.progress().step, epochs * trainer.batches_per_epoch(), !options.quiet);
        train(trainer, epochs, options, bar, save);
    }
    save();
    const auto test = trainer.evaluate_test();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const Json json = results(program, trainer, test, data.train.name, options.threads, seconds);
    if (options.distributions) {
        fxp::write_file(*options.out / "distributions.csv", distributions_csv(trainer.arithmetic().range_log().rows()));
    }
    if (options.out) write_run_folder(*options.out, trainer, test, data.test.labels, json);
    if (options.export_npy) export_parameters(*options.export_npy, trainer.model().parameters());
    if (options.export_logits) fxp::save_npy(*options.export_logits, test.logits);
    if (options.json) fxp::write_file(*options.json, json.dump(2) + "\n");
    if (!options.quiet) {
        print_summary(json, trainer.arithmetic().overflow_log());
        fxp::finish_standard_output();
    }
    if (stop_signal() != 0) {
        const std::string then = options.out
                                     ? "go on with --resume " + (*options.out / "checkpoint.safetensors").string()
                                     : "without --out no checkpoint was written";
        std::cerr << program + ": stopped by signal " + std::to_string(stop_signal()) + " after step " +
                         std::to_string(trainer.progress().step) + "; " + then + "\n"; // at once, or not at all
        return 128 + stop_signal();
    }
    if (!std::isfinite(test.loss)) {
        const std::string loss = std::to_string(std::fabs(test.loss)); // the sign of a NaN depends on the compiler
        throw fxp::Error("the training diverged: the test loss is " + loss + ", expected a finite number");
    }
    return 0;
}

} // namespace usps10
