// The trainer program: one source for the fixed-point trainer and its float twin.
#pragma once

#include "checkpoint.hpp"
#include "options.hpp"
#include "recipe_file.hpp"

#include <fxp/io/program.hpp>

#include <exception>
#include <iostream>
#include <new>
#include <optional>
#include <string>
#include <string_view>

namespace usps10 {

/// A run's recipe, and where the run starts if not at its first step.
struct Start {
    std::string recipe;
    std::optional<fxp::Safetensors> checkpoint;
    std::optional<RunState> resumed;
    std::vector<std::string> formats; ///< chosen at run time, all roles'; none: those of the recipe
};

/// One run in arithmetic A with the training settings of Recipe; returns the exit code. run.hpp defines it, and each
/// pair has a source of its own that instantiates it, so that they compile side by side.
template <class A, class Recipe>
int run(const Options& options, const std::string& program, const Start& start);

/// A recipe that a program knows by name, and what runs it. Settings differs from Recipe where another recipe trains
/// the same in arithmetic A.
template <class Recipe, class A, class Settings = Recipe>
struct Choice {
    static constexpr std::string_view name = Recipe::name;
    static constexpr bool takes_formats = false;
    using Named = Recipe;
    static int run(const Options& options, const std::string& program, const Start& start) {
        return usps10::run<A, Settings>(options, program, start);
    }
};

namespace detail {

/// Where the command line, the recipe file that it names, and the checkpoint let a run begin.
inline Start start_of(const Options& options, std::string_view default_recipe) {
    Start start;
    start.recipe = default_recipe;
    std::vector<std::string> formats;
    if (options.recipe && options.recipe->ends_with(".json")) {
        const RecipeFile file = read_recipe_file(*options.recipe);
        start.recipe = file.recipe;
        formats = file.formats;
    } else if (options.recipe) {
        start.recipe = *options.recipe;
    }
    formats.insert(formats.end(), options.formats.begin(), options.formats.end());
    if (!formats.empty()) start.formats = all_formats(formats);
    if (options.resume) {
        start.checkpoint = fxp::read_safetensors(*options.resume);
        start.resumed = run_state(*start.checkpoint, options.resume->string());
        if (!options.recipe) start.recipe = start.resumed->settings.recipe;
        if (formats.empty()) start.formats = start.resumed->settings.formats;
    }
    return start;
}

/// The run of the recipe that the command line or the checkpoint names; without a name, of the first.
template <class First, class... Others>
int run_by_name(const Options& options, const std::string& program) {
    const Start start = start_of(options, First::name);
    const std::string recipe = fxp::detail::printable(start.recipe); // for messages
    std::optional<int> code;
    const auto attempt = [&]<class Tried>() {
        if (start.recipe != Tried::name) return;
        if (!Tried::takes_formats && !start.formats.empty()) {
            throw fxp::ArgumentError("--format " + start.formats.front() + ": recipe " + recipe +
                                     " has formats of its own, expected --recipe q16");
        }
        code = Tried::run(options, program, start);
    };
    attempt.template operator()<First>();
    (attempt.template operator()<Others>(), ...);
    if (code) return *code;
    const std::string expected = (std::string(First::name) + ... + (" or " + std::string(Others::name)));
    if (!options.recipe) {
        throw fxp::DataError(options.resume->string() + ": the checkpoint was made with --recipe " + recipe +
                             ", expected " + expected);
    }
    throw fxp::ArgumentError("--recipe " + recipe + ": no such recipe, expected " + expected);
}

} // namespace detail

/// The whole program: 0 done, 1 data or run-time error, 2 wrong usage, 130 or 143 stopped by a signal. Every error is
/// one line on stderr. `promise` is what --help says of equal results; it may be empty. The first choice is the
/// default.
template <class First, class... Others>
int run_program(int argc, char** argv, const std::string& program, const std::string& number_system,
                const std::string& promise) {
    const About about{program,
                      number_system,
                      promise,
                      {std::string(First::name), std::string(Others::name)...},
                      default_settings<typename First::Named>()};
    const auto report = [&](const std::string& message, int code) {
        std::cerr << program + ": " + message + "\n";
        return code;
    };
    fxp::survive_file_size_limit();
    try {
        const Parsed parsed = parse_options(argc, argv, about);
        if (parsed.exit_code) {
            fxp::finish_standard_output();
            return *parsed.exit_code;
        }
        return detail::run_by_name<First, Others...>(parsed.options, program);
    } catch (const fxp::ArgumentError& error) {
        return report(error.what(), 2);
    } catch (const std::bad_alloc&) {
        return report("out of memory", 1);
    } catch (const std::exception& error) {
        return report(error.what(), 1);
    }
}

} // namespace usps10
