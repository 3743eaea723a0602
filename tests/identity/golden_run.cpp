// Trains a fixed case for a few steps and prints the state it ends in, so that builds and machines can be compared.
//
//   golden_run --list
//   golden_run FOLDER CASE [--threads N]          FOLDER: data/optdigits
//   golden_run FOLDER --together [--threads N]    all cases at once, in threads of one process that have 1 to N threads
//                                                 each; a line "case CASE" before the state of each
//
// Needs the standard library alone, so that it can be compiled for any machine.
#include "golden_case.hpp"

#include <fxp/recipes/q16.hpp>
#include <fxp/recipes/q8.hpp>
#include <fxp/recipes/reference.hpp>
#include <fxp/recipes/reference_correctly_rounded.hpp>

#include <array>
#include <charconv>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using identity::Case;
using usps10::ModelKind;

// The published model is too small for threads and for packed products; the wide one has both.
constexpr usps10::ModelSettings published{ModelKind::lstm, 10, 4};
constexpr usps10::ModelSettings wide{ModelKind::lstm, 128, 0};

constexpr std::array cases{
    Case{"reference", "reference", published},
    Case{"reference-wide", "reference", wide, 64, 2},
    Case{"reference-correctly-rounded", "reference-correctly-rounded", published},
    Case{"q16", "q16", published},
    Case{"q16-regularized", "q16", published, 32, 20, true},
    Case{"q16-wide", "q16", wide, 64, 2},
    Case{"q16-bidirectional", "q16", {ModelKind::lstm, 10, 4, 3, 2, true}},
    Case{"q16-gru", "q16", {ModelKind::gru, 10, 4}},
    Case{"q16-mlp", "q16", {ModelKind::mlp, 32, 0, 0, 2}},
    Case{"q8", "q8", published},
    Case{"q8-wide", "q8", wide, 64, 2},
};

constexpr const char* usage = "usage: golden_run --list | golden_run FOLDER CASE|--together [--threads N]\n";

template <class... Recipes>
std::string run_recipe(const Case& what, const fxp::TrainTest& data, int threads) {
    std::string state;
    ((Recipes::name == what.recipe ? static_cast<void>(state = identity::run<Recipes>(what, data, threads)) : void()),
     ...);
    return state;
}

std::string state_of(const Case& what, const fxp::TrainTest& data, int threads) {
    namespace recipes = fxp::recipes;
    return run_recipe<recipes::Reference, recipes::ReferenceCorrectlyRounded, recipes::Q16, recipes::Q8>(what, data,
                                                                                                         threads);
}

int print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return 0;
    throw fxp::DataError("cannot write to stdout");
}

/// The states of all cases, trained side by side on the same data.
int run_together(const fxp::TrainTest& data, int threads) {
    std::array<std::string, cases.size()> states;
    std::vector<std::thread> trainers;
    for (std::size_t k = 0; k < cases.size(); ++k) {
        trainers.emplace_back([&, k] {
            const int own = 1 + static_cast<int>(k) % threads;
            states[k] = "case " + std::string(cases[k].name) + "\n" + state_of(cases[k], data, own);
        });
    }
    for (std::thread& trainer : trainers) trainer.join();
    std::string all;
    for (const std::string& state : states) all += state;
    return print(all);
}

int run_case(const std::string& folder, std::string_view name, int threads) {
    if (name == "--together") return run_together(fxp::read_folder(folder), threads);
    for (const Case& what : cases) {
        if (what.name == name) return print(state_of(what, fxp::read_folder(folder), threads));
    }
    std::fprintf(stderr, "golden_run: case '%s', expected one of --list\n", std::string(name).c_str());
    return 2;
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments == std::vector<std::string>{"--list"}) {
        for (const Case& what : cases) std::puts(std::string(what.name).c_str());
        return 0;
    }
    int threads = 1;
    if (arguments.size() == 4 && arguments[2] == "--threads") {
        const std::string& text = arguments[3];
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), threads);
        if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || threads < 1) {
            std::fprintf(stderr, "golden_run: --threads '%s', expected a number from 1 on\n", text.c_str());
            return 2;
        }
    } else if (arguments.size() != 2) {
        std::fputs(usage, stderr);
        return 2;
    }
    try {
        return run_case(arguments[0], arguments[1], threads);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "golden_run: %s\n", error.what());
        return 1;
    }
}
