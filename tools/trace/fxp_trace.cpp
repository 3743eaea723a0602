// fxp_trace: a fixed-point training and its float twin in step, and where they part.
#include "divergence.hpp"
#include "plot.hpp"
#include "report.hpp"
#include "tracer.hpp"

#include "compare/gnuplot.hpp"
#include "compare/output_folder.hpp"
#include "fxp/data/folder.hpp"
#include "fxp/io/atomic_file.hpp"
#include "fxp/io/program.hpp"
#include "fxp/recipes/q16.hpp"
#include "fxp/recipes/reference.hpp"
#include "fxp/tensor/error.hpp"
#include "usps10/flag_checks.hpp"
#include "usps10/progress.hpp"

#include <CLI/CLI.hpp>
#include <Eigen/Core>

#include <array>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace fxp::trace {
namespace {

constexpr int failure = 1;
constexpr int wrong_usage = 2;
constexpr double default_bound = 64;

const char* const description =
    "Trains a classifier in fixed point and in double precision at once, on the same batches from the same "
    "parameters,\n"
    "and says for every tensor that the training computes how far the two are apart, and where they part first.\n"
    "A third training, in double precision with the fixed-point run's sigmoid, tanh, rsqrt and softmax, divides the\n"
    "error: what these functions err by (approximation), and what formats and roundings do (number system).";

const char* const explanation =
    "Errors are the largest over a tensor's elements, in steps of the tensor's fixed-point format (ULP), and relative "
    "to\n"
    "the tensor's largest magnitude in float. A letter d before a name marks the gradient of the loss with respect to\n"
    "that tensor, adam.m and adam.n Adam's moments. A tensor that is computed several times in a step, as at each "
    "time\n"
    "step of an LSTM, has occurrences 1, 2, ... Step 0 is the start: the parameters.\n"
    "Gradients of weights are wide sums and second moments squares, whose ULP are tiny: --relative-bound suits them\n"
    "better than --bound.\n"
    "\n"
    "Examples:\n"
    "  fxp_trace --data data/usps10 --recipe q16 --relative-bound 0.1\n"
    "  fxp_trace --data data/usps10 --init runs/fixed/checkpoint.safetensors --steps 5\n"
    "  fxp_trace --data data/usps10 --synchronize --steps 100 --out runs/trace\n"
    "\n"
    "Exit codes: 0 traced, 1 data or run-time error, 2 wrong usage.";

struct Options {
    std::string recipe{recipes::Reference::name};
    std::filesystem::path data = "data/usps10";
    std::size_t steps = 20;
    bool synchronize = false;
    std::optional<std::size_t> batch;
    std::optional<std::string> model;
    std::optional<std::size_t> hidden;
    std::optional<std::size_t> rank_w;
    std::optional<std::size_t> rank_u;
    std::optional<std::size_t> layers;
    bool bidirectional = false;
    std::optional<double> learning_rate;
    std::optional<std::uint64_t> seed;
    std::optional<double> bound;
    std::optional<double> relative_bound;
    std::optional<std::filesystem::path> init;
    std::optional<std::string> plant;
    std::optional<std::filesystem::path> csv;
    std::optional<std::filesystem::path> out;
    bool quiet = false;
};

void declare(CLI::App& app, Options& o) {
    using usps10::between;
    static constexpr std::array recipe_names{recipes::Reference::name, recipes::Q16::name};
    const auto count = between<std::size_t>(1, usps10::max_count);
    const auto count_or_zero = between<std::size_t>(0, usps10::max_count);
    const auto bound = between(0.0, 1e300);
    app.add_option("--recipe", o.recipe, "reference or q16")
        ->transform(usps10::one_of(recipe_names))
        ->type_name("NAME")
        ->capture_default_str();
    app.add_option("--data", o.data,
                   "folder with usps and usps.t (LIBSVM text), digits.csv, or the four IDX files of an MNIST family")
        ->type_name("DIR")
        ->capture_default_str();
    app.add_option("--steps", o.steps, "batches to train")->transform(count)->capture_default_str();
    app.add_flag("--synchronize", o.synchronize,
                 "start every step from the fixed-point run's parameters and moments: errors of one step; without it "
                 "they accumulate");
    app.add_option("--bound", o.bound, "largest error in ULP [64, or none where --relative-bound is given]")
        ->transform(bound)
        ->type_name("ULPS");
    app.add_option("--relative-bound", o.relative_bound, "largest relative error [none]")
        ->transform(bound)
        ->type_name("R");
    app.add_option("--csv", o.csv, "write the errors of every tensor in every step")->type_name("FILE");
    app.add_option("--out", o.out,
                   "folder for trace.txt, trace.csv and a plot of all errors: trace.gp, trace.svg, trace.png")
        ->type_name("DIR");
    app.add_option("--batch", o.batch, "samples in a batch [the recipe's]")->transform(count);
    app.add_option("--model", o.model, "lstm, gru or mlp [lstm]")
        ->transform(usps10::one_of(usps10::model_names))
        ->type_name("NAME");
    app.add_option("--hidden", o.hidden, "hidden values of a layer [10]")->transform(count);
    app.add_option("--rank-w", o.rank_w, "of lstm and gru: rank of the input side, 0 for full matrices [4]")
        ->transform(count_or_zero);
    app.add_option("--rank-u", o.rank_u, "of lstm and gru: rank of the hidden side, 0 for full matrices [0]")
        ->transform(count_or_zero);
    app.add_option("--layers", o.layers, "layers of lstm and gru, hidden layers of mlp [1]")
        ->transform(between<std::size_t>(1, usps10::max_layers));
    app.add_flag("--bidirectional", o.bidirectional, "of lstm and gru: read the rows from last to first, too");
    app.add_option("--lr", o.learning_rate, "learning rate of Adam, at its highest [the recipe's]")
        ->transform(between(usps10::min_learning_rate, usps10::max_learning_rate));
    app.add_option("--seed", o.seed, "of initial parameters, batch order and stochastic rounding [0]")
        ->transform(between<std::uint64_t>(0, std::numeric_limits<std::uint64_t>::max()).description(""));
    app.add_option("--init", o.init, "initial parameters: a checkpoint of lstm_usps10 of the same recipe and sizes")
        ->type_name("FILE");
    app.add_option("--plant", o.plant,
                   "to see an error found: move the first element of a parameter of the fixed-point run by so many ULP "
                   "before the first step")
        ->type_name("PARAMETER=ULPS");
    app.add_flag("--quiet", o.quiet, "no progress");
}

/// The recipe's settings with the flags given. Throws ArgumentError where flags contradict each other.
template <class Recipe>
usps10::Settings choose_settings(const Options& o) {
    usps10::Settings settings = usps10::default_settings<Recipe>();
    const auto take = [](auto& value, const auto& given) {
        if (given) value = *given;
    };
    take(settings.model, o.model);
    const bool perceptron = settings.model == "mlp";
    if (perceptron && (o.rank_w.value_or(0) > 0 || o.rank_u.value_or(0) > 0 || o.bidirectional)) {
        throw ArgumentError("--model mlp has no cells: expected neither --rank-w nor --rank-u nor --bidirectional");
    }
    if (perceptron) settings.rank_w = settings.rank_u = 0;
    take(settings.batch, o.batch);
    take(settings.hidden, o.hidden);
    take(settings.rank_w, o.rank_w);
    take(settings.rank_u, o.rank_u);
    take(settings.layers, o.layers);
    take(settings.learning_rate, o.learning_rate);
    take(settings.seed, o.seed);
    settings.bidirectional = o.bidirectional;
    return settings;
}

std::optional<Plant> chosen_plant(const std::optional<std::string>& text) {
    if (!text) return std::nullopt;
    const std::size_t equals = text->rfind('=');
    Plant plant;
    if (equals != std::string::npos) {
        plant.parameter = text->substr(0, equals);
        const char* const end = text->data() + text->size();
        const auto [rest, error] = std::from_chars(text->data() + equals + 1, end, plant.ulps);
        if (error == std::errc() && rest == end && std::abs(plant.ulps) <= max_plant) return plant;
    }
    throw ArgumentError("--plant " + *text + ": expected PARAMETER=ULPS with an integer from " +
                        std::to_string(-max_plant) + " to " + std::to_string(max_plant));
}

std::string heading(const Options& options, const usps10::Settings& settings, const std::string& data) {
    return "Fixed point (recipe " + settings.recipe + ") against float: " + settings.model + " on " + data + ", seed " +
           std::to_string(settings.seed) + ", " + std::to_string(options.steps) + " steps, " +
           (options.synchronize ? "each from the state of fixed point" : "running free");
}

/// Fills the folder. Returns a line for stderr, empty when there is nothing to say.
std::string write_folder(const std::filesystem::path& folder, const std::string& text, const std::string& csv,
                         const std::string& script) {
    compare::OutputFolder output(folder);
    output.write("trace.txt", text);
    output.write("trace.csv", csv);
    output.write("trace.gp", script);
    std::string remark;
    if (const auto program = compare::find_gnuplot()) {
        if (const auto problem = compare::run_gnuplot(*program, output.staging(), "trace.gp")) {
            remark = "plot skipped: " + *problem;
            for (const char* plot : {"trace.svg", "trace.png"}) std::filesystem::remove(output.staging() / plot);
        }
    } else {
        remark = "plot skipped: no gnuplot on PATH (Debian and Ubuntu: package gnuplot-nox)";
    }
    output.publish({"trace.svg", "trace.png"});
    return remark;
}

template <class Recipe>
void run(const Options& options) {
    const usps10::Settings settings = choose_settings<Recipe>(options);
    const Course course{options.steps, options.synchronize, options.init, chosen_plant(options.plant)};
    const TrainTest data = read_folder(options.data);
    Bounds bounds{options.bound, options.relative_bound};
    if (!bounds.ulps && !bounds.relative) bounds.ulps = default_bound;

    Divergence divergence(bounds);
    std::string csv = csv_heading();
    {
        usps10::ProgressBar bar("fxp_trace", 0, options.steps, !options.quiet);
        trace<Recipe>(settings, course, data, [&](std::size_t step, const Traces& traces) {
            const auto rows = divergence.add(step, traces.fixed, traces.approximate, traces.real);
            if (options.csv || options.out) csv += csv_lines(rows);
            bar.show(step, "");
        });
    }
    const std::string title = heading(options, settings, data.train.name);
    const std::string text = title + "\n\n" + tensors_text(divergence) + "\n" + first_excess_text(divergence) + "\n";
    if (options.csv) write_file(*options.csv, csv);
    std::string remark;
    if (options.out) remark = write_folder(*options.out, text, csv, plot_script(divergence, "trace", title));
    std::cout << text;
    finish_standard_output();
    if (!remark.empty()) std::cerr << "fxp_trace: " << remark << "\n";
}

int run_program(int argc, char** argv) {
    CLI::App app(description, "fxp_trace");
    app.footer(explanation);
    Options options;
    declare(app, options);
    const auto report = [](std::string message, int code) {
        for (char& c : message) c = c == '\n' ? ' ' : c;
        std::cerr << "fxp_trace: " << message << '\n';
        return code;
    };
    try {
        app.parse(argc, argv);
        if (options.recipe == recipes::Q16::name) {
            run<recipes::Q16>(options);
        } else {
            run<recipes::Reference>(options);
        }
        return EXIT_SUCCESS;
    } catch (const CLI::Success& request) {
        return app.exit(request);
    } catch (const CLI::ParseError& error) {
        return report(std::string(error.what()) + " (see fxp_trace --help)", wrong_usage);
    } catch (const ArgumentError& error) {
        return report(error.what(), wrong_usage);
    } catch (const std::exception& error) {
        return report(error.what(), failure);
    }
}

} // namespace
} // namespace fxp::trace

int main(int argc, char** argv) {
    fxp::survive_file_size_limit();
    Eigen::setNbThreads(1); // the results do not depend on the machine's processors
    return fxp::trace::run_program(argc, argv);
}
