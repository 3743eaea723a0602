// The command line of the trainers.
#pragma once

#include "settings.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace usps10 {

/// Flags as given; what is absent comes from the recipe or, with --resume, from the checkpoint.
struct Options {
    std::optional<std::string> recipe;
    std::vector<std::string> formats; ///< what the command line says of formats, in its order
    std::optional<std::size_t> batch;
    std::optional<std::string> model;
    std::optional<std::size_t> hidden;
    std::optional<std::size_t> rank_w;
    std::optional<std::size_t> rank_u;
    std::optional<std::size_t> layers;
    bool bidirectional = false;
    std::optional<double> learning_rate;
    std::optional<std::string> schedule;
    std::optional<std::size_t> warmup;
    std::optional<double> weight_decay;
    std::optional<double> label_smoothing;
    std::optional<double> max_norm;
    std::optional<std::uint64_t> seed;
    bool no_shuffle = false;
    bool shifts = false;

    std::filesystem::path data = "data/usps10";
    std::optional<std::size_t> epochs;
    std::optional<std::size_t> max_steps;
    std::optional<std::filesystem::path> init;
    std::optional<std::filesystem::path> resume;
    std::optional<std::filesystem::path> out;
    std::size_t save_every = 10; ///< seconds
    std::optional<std::filesystem::path> export_npy;
    std::optional<std::filesystem::path> export_logits;
    std::optional<std::filesystem::path> json;
    int threads = 1;
    bool distributions = false;
    bool quiet = false;
};

/// What --help says of a program.
struct About {
    std::string program;
    std::string number_system;
    std::string promise;              ///< a sentence on equal results; empty for none
    std::vector<std::string> recipes; ///< the first is the default
    Settings defaults;                ///< of that recipe
};

/// What to do after the command line was read.
struct Parsed {
    Options options;
    std::optional<int> exit_code; ///< set when the program is to end: help was shown, or an error reported
};

/// Reads the command line and an optional --config file. Reports a wrong one by one line on stderr, exit code 2.
Parsed parse_options(int argc, char** argv, const About& about);

} // namespace usps10
