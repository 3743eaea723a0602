// The trainer program: one source for the fixed-point trainer and its float twin.
#pragma once

#include "checkpoint.hpp"
#include "options.hpp"

#include <exception>
#include <iostream>
#include <new>
#include <optional>
#include <string>

namespace usps10 {

/// Where a run starts, if not at its first step.
struct Start {
    std::optional<fxp::Safetensors> checkpoint;
    std::optional<RunState> resumed;
};

/// One run under one recipe; returns the exit code. run.hpp defines it, and each recipe instantiates it in a source of
/// its own, so that recipes compile side by side.
template <class A, class Recipe>
int run(const Options& options, const std::string& program, const Start& start);

namespace detail {

/// Calls the run of the recipe that the command line or the checkpoint names; without a name, of the first recipe.
template <template <class> class Arithmetic, class First, class... Others>
int run_by_name(const Options& options, const std::string& program) {
    Start start;
    std::string name = options.recipe.value_or(std::string(First::name));
    if (options.resume) {
        start.checkpoint = fxp::read_safetensors(*options.resume);
        start.resumed = run_state(*start.checkpoint, options.resume->string());
        if (!options.recipe) name = start.resumed->settings.recipe;
    }
    std::optional<int> code;
    const auto attempt = [&]<class Recipe>() {
        if (name == Recipe::name) code = run<Arithmetic<Recipe>, Recipe>(options, program, start);
    };
    attempt.template operator()<First>();
    (attempt.template operator()<Others>(), ...);
    if (code) return *code;
    const std::string expected = (std::string(First::name) + ... + (" or " + std::string(Others::name)));
    if (!options.recipe) {
        throw fxp::DataError(options.resume->string() + ": the checkpoint was made with --recipe " + name +
                             ", expected " + expected);
    }
    throw fxp::ArgumentError("--recipe " + name + ": no such recipe, expected " + expected);
}

} // namespace detail

/// The whole program: 0 done, 1 data or run-time error, 2 wrong usage, 130 or 143 stopped by a signal. Every error is
/// one line on stderr. `promise` is what --help says of equal results; it may be empty. The first recipe is the
/// default.
template <template <class> class Arithmetic, class First, class... Others>
int run_program(int argc, char** argv, const std::string& program, const std::string& number_system,
                const std::string& promise) {
    const About about{program,
                      number_system,
                      promise,
                      {std::string(First::name), std::string(Others::name)...},
                      default_settings<First>(),
                      First::epochs};
    const Parsed parsed = parse_options(argc, argv, about);
    if (parsed.exit_code) return *parsed.exit_code;
    const auto report = [&](const std::string& message, int code) {
        std::cerr << program << ": " << message << "\n";
        return code;
    };
    try {
        return detail::run_by_name<Arithmetic, First, Others...>(parsed.options, program);
    } catch (const fxp::ArgumentError& error) {
        return report(error.what(), 2);
    } catch (const std::bad_alloc&) {
        return report("out of memory", 1);
    } catch (const std::exception& error) {
        return report(error.what(), 1);
    }
}

} // namespace usps10
