#include "options.hpp"

#include "flag_checks.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <limits>

namespace usps10 {

Parsed parse_options(int argc, char** argv, const About& about) {
    const std::string& program = about.program;
    Parsed parsed;
    Options& o = parsed.options;
    CLI::App app{"Trains a classifier of the USPS handwritten digits in " + about.number_system +
                     ".\nAn LSTM or a GRU reads an image row by row, a perceptron all of it; a linear layer on what "
                     "they make of it\nnames the digit." +
                     (about.promise.empty() ? "" : "\n" + about.promise),
                 program};
    app.footer(
        "Examples:\n  " + program + " --data data/usps10 --epochs 20 --out runs/first\n  " + program +
        " --data data/usps10 --resume runs/first/checkpoint.safetensors --epochs 40 --out runs/first\n  " + program +
        " --data data/usps10 --init runs/first/checkpoint.safetensors --epochs 0 --json result.json\n"
        "The checkpoint is written when training starts, every 10 seconds (--save-every), when training ends and "
        "when\nCtrl-C or SIGTERM stops it (a second one kills); the other files of --out when training ends, "
        "run.json last.\nEach is replaced whole or not at all: a run that was killed goes on from its last "
        "checkpoint.\n"
        "Exit codes: 0 done, 1 data or run-time error, 2 wrong usage, 130 or 143 stopped by a signal.");
    const auto count = between<std::size_t>(1, max_count);
    const auto count_or_zero = between<std::size_t>(0, max_count);
    const Settings& defaults = about.defaults;
    const auto shown = [](auto value) { return " [" + decimal(value) + "]"; };

    std::string recipes;
    for (const std::string& name : about.recipes) recipes += (recipes.empty() ? "" : ", ") + name;
    app.add_option("--recipe", o.recipe,
                   "formats, rounding, activations, loss and optimizer: " + recipes + " [" + defaults.recipe + "]")
        ->type_name("NAME");
    app.add_option(
           "--format", o.formats,
           "choose a role's format and rounding at run time, as in activation=16.12:nearest_even (bits of the "
           "word, bits of its fraction); a range is symmetric, or as in weight=8.5:full two's complement's; roles: "
           "activation, logit, weight, bias, error, loss, gradient, moment, second_moment; may be repeated")
        ->type_name("ROLE=WORD.FRACTION[:RANGE][:ROUNDING]")
        ->allow_extra_args(false);
    app.add_option("--data", o.data,
                   "folder with usps and usps.t (LIBSVM text), digits.csv, or the four IDX files of an MNIST family")
        ->type_name("DIR")
        ->capture_default_str();
    app.add_option("--epochs", o.epochs,
                   "train until so many epochs are complete; 0 only evaluates" + shown(defaults.epochs))
        ->transform(count_or_zero);
    app.add_option("--max-steps", o.max_steps, "stop after so many batches in all")->transform(count_or_zero);
    app.add_option("--batch", o.batch, "samples in a batch; the last one may be short" + shown(defaults.batch))
        ->transform(count);
    app.add_option("--model", o.model, "lstm, gru or mlp [" + defaults.model + "]")
        ->transform(one_of(model_names))
        ->type_name("NAME");
    app.add_option("--hidden", o.hidden, "hidden values of a layer" + shown(defaults.hidden))->transform(count);
    app.add_option("--rank-w", o.rank_w,
                   "of lstm and gru: rank of the input side, 0 for full matrices" + shown(defaults.rank_w))
        ->transform(count_or_zero);
    app.add_option("--rank-u", o.rank_u,
                   "of lstm and gru: rank of the hidden side, 0 for full matrices" + shown(defaults.rank_u))
        ->transform(count_or_zero);
    app.add_option("--layers", o.layers, "layers of lstm and gru, hidden layers of mlp" + shown(defaults.layers))
        ->transform(between<std::size_t>(1, max_layers));
    app.add_flag("--bidirectional", o.bidirectional, "of lstm and gru: read the rows from last to first, too");
    app.add_option("--lr", o.learning_rate, "learning rate of Adam, at its highest" + shown(defaults.learning_rate))
        ->transform(between(min_learning_rate, max_learning_rate));
    app.add_option("--schedule", o.schedule, "of the learning rate over --epochs [" + defaults.schedule + "]")
        ->check(CLI::IsMember({"constant", "step", "cosine"}));
    app.add_option("--warmup", o.warmup, "epochs over which the learning rate rises" + shown(defaults.warmup))
        ->transform(count_or_zero);
    app.add_option("--weight-decay", o.weight_decay,
                   "share of a weight, times the learning rate, that a step takes away" + shown(defaults.weight_decay))
        ->transform(between(0.0, max_weight_decay));
    app.add_option("--label-smoothing", o.label_smoothing,
                   "share of a target that is spread over all classes" + shown(defaults.label_smoothing))
        ->transform(between(0.0, max_label_smoothing));
    app.add_option("--clip", o.max_norm, "largest norm of a step's gradients, 0 for any" + shown(defaults.max_norm))
        ->transform(between(0.0, max_norm));
    app.add_option("--seed", o.seed,
                   "of initial parameters, batch order and stochastic rounding" + shown(defaults.seed))
        ->transform(between<std::uint64_t>(0, std::numeric_limits<std::uint64_t>::max()).description(""));
    app.add_flag("--no-shuffle", o.no_shuffle, "batches in the order of the file");
    app.add_flag("--shifts", o.shifts,
                 "move every training image by -1, 0 or 1 pixel in both directions, anew in each epoch");
    app.add_option("--init", o.init,
                   "initial parameters: a folder with one .npy per parameter (raw int32; float32 for the float twin), "
                   "or a checkpoint")
        ->type_name("PATH");
    app.add_option("--resume", o.resume, "go on from a checkpoint, exactly as if it had not stopped")
        ->type_name("FILE");
    app.add_option(
           "--out", o.out,
           "folder for checkpoint.safetensors, history.csv, ranges.csv, overflow.csv, run.json, test_logits.npy "
           "and test_labels.npy")
        ->type_name("DIR");
    app.add_option("--save-every", o.save_every, "seconds between checkpoints; 0 writes one after every batch")
        ->transform(count_or_zero)
        ->capture_default_str();
    app.add_option("--export-npy", o.export_npy, "write one .npy per parameter")->type_name("DIR");
    app.add_option("--export-logits", o.export_logits, "write the outputs on the test set, (classes, samples)")
        ->type_name("FILE.npy");
    app.add_option("--threads", o.threads, "threads; the results do not depend on it")
        ->transform(between(1, 1024))
        ->capture_default_str();
    app.add_option("--json", o.json, "write the run's results")->type_name("FILE");
    app.add_flag("--distributions", o.distributions,
                 "with --out, also write distributions.csv: how many elements of each tensor had which binary exponent "
                 "since the program began");
    app.add_flag("--quiet", o.quiet, "no progress and no summary");
    app.set_config("--config", "", "read flags from a file of lines such as: epochs = 20");
    app.allow_config_extras(CLI::config_extras_mode::error);

    try {
        app.parse(argc, argv);
        if (o.init && o.resume) throw CLI::ValidationError("--init and --resume exclude each other");
        if (o.distributions && !o.out) throw CLI::ValidationError("--distributions: expected --out DIR to write to");
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            parsed.exit_code = app.exit(error);
        } else {
            std::string line = error.what();
            if (error.get_name() == "ConfigError") {
                line = "--config " + app.get_config_ptr()->as<std::string>() + ": " + line +
                       ", expected names of flags without their dashes";
            }
            for (char& c : line) c = static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? ' ' : c;
            std::cerr << program + ": " + line + " (see " + program + " --help)\n";
            parsed.exit_code = 2;
        }
    }
    return parsed;
}

} // namespace usps10
