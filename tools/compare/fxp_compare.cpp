// fxp_compare: two training runs next to each other, in text, JSON, CSV and plots.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <unistd.h>

#include "fxp/io/atomic_file.hpp"
#include "fxp/io/program.hpp"
#include "fxp/tensor/error.hpp"
#include "gnuplot.hpp"
#include "output_folder.hpp"
#include "plots.hpp"
#include "report.hpp"

namespace fxp::compare {
namespace {

namespace fs = std::filesystem;

constexpr int failure = 1;
constexpr int wrong_usage = 2;

const char* const description =
    "Compares two training runs of the same network on the same test set, typically a fixed-point run and its float "
    "twin.\n"
    "Prints accuracies, losses and times side by side, on how many test images the two models disagree, their\n"
    "confusion matrices, how far their parameters are apart, what overflowed and how large the tensors became.";

const char* const explanation =
    "Reads from each run folder: run.json, history.csv, checkpoint.safetensors, test_logits.npy, test_labels.npy\n"
    "and, where there are any, ranges.csv and overflow.csv.\n"
    "\n"
    "Writes to the folder of --out:\n"
    "  comparison.txt, compare.json            all figures\n"
    "  confusion_a.csv, confusion_b.csv        rows: truth, columns: prediction\n"
    "  disagreement.csv                        rows: prediction of A, columns: prediction of B\n"
    "  divergence.csv, curves.csv              per parameter tensor, per epoch\n"
    "  accuracy, loss, confusion, divergence   plots as .svg and .png, and the .gp scripts that draw them again\n"
    "\n"
    "Example:\n"
    "  fxp_compare runs/fixed runs/float --out runs/fixed_against_float\n"
    "\n"
    "Exit codes: 0 compared; 1 a run is missing, damaged or does not fit the other, or a file could not be written;\n"
    "2 wrong usage.";

struct Options {
    std::string run_a;
    std::string run_b;
    std::string out;
    std::string json;
    bool no_plots = false;
};

fs::path without_trailing_slash(const fs::path& path) {
    const fs::path normal = fs::absolute(path).lexically_normal();
    return normal.filename().empty() ? normal.parent_path() : normal;
}

fs::path output_path(const Options& options) {
    const fs::path run_a = without_trailing_slash(options.run_a);
    const fs::path run_b = without_trailing_slash(options.run_b);
    const fs::path out = options.out.empty() ? run_a.parent_path() / "compare" : without_trailing_slash(options.out);
    if (out == run_a || out == run_b) throw ArgumentError("the results would go into a run folder; name another --out");
    return out;
}

/// Draws every script in the staging folder. Returns a line for stderr, empty when there is nothing to say.
std::string draw(const OutputFolder& output, const std::vector<PlotScript>& scripts) {
    const auto program = find_gnuplot();
    if (!program) return "plots skipped: no gnuplot on PATH (Debian and Ubuntu: package gnuplot-nox)";
    for (const PlotScript& script : scripts) {
        if (const auto problem = run_gnuplot(*program, output.staging(), script.stem + ".gp")) {
            for (const char* stem : plot_stems) {
                for (const char* extension : {".svg", ".png"})
                    fs::remove(output.staging() / (std::string(stem) + extension));
            }
            return "plots skipped: " + *problem;
        }
    }
    return "";
}

/// Every file that a comparison may leave out, so that none of an older one stays next to new figures.
std::vector<std::string> optional_files() {
    std::vector<std::string> names;
    for (const char* stem : plot_stems) {
        for (const char* extension : {".gp", ".svg", ".png"}) names.push_back(std::string(stem) + extension);
    }
    return names;
}

bool bold_output() { return isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr; }

void compare(const Options& options) {
    const fs::path out = output_path(options);
    const Run a = read_run(options.run_a);
    const Run b = read_run(options.run_b);
    const Comparison comparison = compare_runs(a, b);
    const std::string json = report_json(a, b, comparison);

    OutputFolder output(out);
    output.write("comparison.txt", report_text(a, b, comparison, false));
    output.write("compare.json", json);
    output.write("confusion_a.csv", confusion_csv(comparison.confusion_a, "truth/prediction"));
    output.write("confusion_b.csv", confusion_csv(comparison.confusion_b, "truth/prediction"));
    output.write("disagreement.csv", confusion_csv(comparison.predictions, "a/b"));
    output.write("divergence.csv", divergence_csv(comparison));
    output.write("curves.csv", curves_csv(a, b));
    const std::vector<PlotScript> scripts = plot_scripts(a, b, comparison);
    for (const PlotScript& script : scripts) output.write(script.stem + ".gp", script.text);
    const std::string remark = options.no_plots ? "" : draw(output, scripts);
    output.publish(optional_files());
    if (!options.json.empty()) write_file(options.json, json);

    std::cout << report_text(a, b, comparison, bold_output());
    finish_standard_output();
    if (!remark.empty()) std::cerr << "fxp_compare: " << remark << '\n';
}

int run_program(int argc, char** argv) {
    CLI::App app(description);
    app.footer(explanation);
    Options options;
    app.add_option("RUN_A", options.run_a, "folder of the first run, as a trainer's --out wrote it")
        ->required()
        ->type_name("DIR");
    app.add_option("RUN_B", options.run_b, "folder of the second run")->required()->type_name("DIR");
    app.add_option("--out", options.out, "folder for the results (default: 'compare' next to RUN_A)")->type_name("DIR");
    app.add_option("--json", options.json, "also write compare.json to this file")->type_name("FILE");
    app.add_flag("--no-plots", options.no_plots,
                 "do not run gnuplot; its scripts and data are written all the same, older plots removed");
    try {
        app.parse(argc, argv);
        compare(options);
        return EXIT_SUCCESS;
    } catch (const CLI::Success& request) {
        return app.exit(request);
    } catch (const CLI::ParseError& error) {
        std::cerr << "fxp_compare: " << error.what() << " (--help explains the usage)\n";
        return wrong_usage;
    } catch (const ArgumentError& error) {
        std::cerr << "fxp_compare: " << error.what() << '\n';
        return wrong_usage;
    } catch (const std::exception& error) {
        std::cerr << "fxp_compare: " << error.what() << '\n';
        return failure;
    }
}

} // namespace
} // namespace fxp::compare

int main(int argc, char** argv) {
    fxp::survive_file_size_limit();
    return fxp::compare::run_program(argc, argv);
}
