#include "options.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace usps10 {

Parsed parse_options(int argc, char** argv, const std::string& program, const std::string& number_system) {
    Parsed parsed;
    Options& o = parsed.options;
    CLI::App app{"Trains an LSTM on the USPS handwritten digits in " + number_system +
                     ".\nAn image is read row by row; a linear layer on the last hidden output names the digit.\n"
                     "Equal flags give equal parameters on every machine, at any number of threads, and after --resume.",
                 program};
    app.footer("Examples:\n  " + program + " --data data/usps10 --epochs 20 --out runs/first\n  " + program +
               " --data data/usps10 --resume runs/first/checkpoint.safetensors --epochs 40 --out runs/first\n  " +
               program + " --data data/usps10 --init runs/first/checkpoint.safetensors --epochs 0 --json result.json\n"
               "Exit codes: 0 done, 1 data or run-time error, 2 wrong usage, 130 or 143 stopped by a signal.");
    constexpr std::size_t most = 1000000;
    const auto count = CLI::Range(std::size_t{1}, most);
    const auto count_or_zero = CLI::Range(std::size_t{0}, most);

    app.add_option("--recipe", o.recipe, "formats, rounding, tables, loss and optimizer: reference")->type_name("NAME");
    app.add_option("--data", o.data,
                   "folder with usps and usps.t (LIBSVM text), digits.csv, or the four IDX files of an MNIST family")
        ->type_name("DIR")
        ->capture_default_str();
    app.add_option("--epochs", o.epochs, "train until so many epochs are complete; 0 only evaluates [300]")
        ->check(count_or_zero);
    app.add_option("--max-steps", o.max_steps, "stop after so many batches in all")->check(count_or_zero);
    app.add_option("--batch", o.batch, "samples in a batch; the last one may be short [128]")->check(count);
    app.add_option("--hidden", o.hidden, "hidden values of the LSTM [10]")->check(count);
    app.add_option("--rank-w", o.rank_w, "rank of the input side, 0 for full matrices [4]")->check(count_or_zero);
    app.add_option("--rank-u", o.rank_u, "rank of the hidden side, 0 for full matrices [0]")->check(count_or_zero);
    app.add_option("--lr", o.learning_rate, "learning rate of Adam [0.01]")->check(CLI::Range(1e-12, 1e3));
    app.add_option("--seed", o.seed, "of initial parameters, batch order and stochastic rounding [0]");
    app.add_flag("--no-shuffle", o.no_shuffle, "batches in the order of the file");
    app.add_option("--init", o.init,
                   "initial parameters: a folder with one .npy per parameter (raw int32; float32 for the float twin), "
                   "or a checkpoint")
        ->type_name("PATH");
    app.add_option("--resume", o.resume, "go on from a checkpoint, exactly as if it had not stopped")->type_name("FILE");
    app.add_option("--out", o.out,
                   "folder for checkpoint.safetensors, history.csv, ranges.csv, overflow.csv, run.json, test_logits.npy "
                   "and test_labels.npy")
        ->type_name("DIR");
    app.add_option("--export-npy", o.export_npy, "write one .npy per parameter")->type_name("DIR");
    app.add_option("--export-logits", o.export_logits, "write the outputs on the test set, (classes, samples)")
        ->type_name("FILE.npy");
    app.add_option("--threads", o.threads, "threads; the results do not depend on it")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    app.add_option("--json", o.json, "write the run's results")->type_name("FILE");
    app.add_flag("--quiet", o.quiet, "no progress and no summary");
    app.set_config("--config", "", "read flags from a file of lines such as: epochs = 20");

    try {
        app.parse(argc, argv);
        if (o.init && o.resume) throw CLI::ValidationError("--init and --resume exclude each other");
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            parsed.exit_code = app.exit(error);
        } else {
            std::string line = error.what();
            for (char& c : line) c = c == '\n' ? ' ' : c;
            std::cerr << program << ": " << line << " (see " << program << " --help)\n";
            parsed.exit_code = 2;
        }
    }
    return parsed;
}

} // namespace usps10
