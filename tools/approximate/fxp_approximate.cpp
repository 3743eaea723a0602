// fxp_approximate: piecewise polynomials for functions, with proven errors.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <deque>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "fxp/io/atomic_file.hpp"
#include "fxp/io/program.hpp"
#include "fxp/tensor/error.hpp"
#include "generate.hpp"
#include "named_functions.hpp"
#include "plot.hpp"
#include "report.hpp"
#include "request.hpp"
#include "sollya_function.hpp"
#include "table.hpp"
#include "text.hpp"
#include "verify.hpp"
#include "write_header.hpp"
#include "write_json.hpp"

namespace fxp::approximate {
namespace {

constexpr int failure = 1;
constexpr int wrong_usage = 2;

const char* const description = "Makes a table of piecewise polynomials for a function on a range, for evaluation in "
                                "fixed point, and proves how far\n"
                                "its values are from the function: approximation, rounded coefficients and every "
                                "rounding of the evaluation included.";

std::string explanation() {
    std::string text = "Functions, with the range and symmetry they have by default:\n";
    for (const NamedFunction& function : named_functions()) {
        text += "  " + std::string(function.name) + ": " + std::string(function.meaning) + " on " +
                std::string(function.range) + ", " + std::string(symmetry_name(function.symmetry)) + "\n";
    }
    text +=
        "Expressions have the variable x, numbers such as 0.5 (and 10^5), + - * / ^ ( ) and\n"
        "  " +
        expression_names() +
        ".\n"
        "\n"
        "Symmetry says how f follows from the table h over |x|: even, odd, one_minus (f(-x) = 1 - f(x)), and ramp\n"
        "(f(x) = max(x, 0) + h(|x|); an --expression is h). A table with a symmetry, unless its range holds all of "
        "the\n"
        "--format, and one with --extend end with a constant segment, so that arguments beyond the range may be\n"
        "clamped to it; the report says how far that is proven.\n"
        "\n"
        "The error: a range of up to 2^26 argument steps is measured at every argument; a larger one is bounded for "
        "all\n"
        "reals by Sollya's supnorm and the roundings of Horner's rule. With --format, the table is then evaluated as "
        "by\n"
        "fxp::tabulated at every input of the format in the range (and, under a symmetry, at their negatives), "
        "rounded\n"
        "half to even, and compared with MPFR.\n"
        "\n"
        "The header: inline constexpr ... NAME, for fxp::tabulated<NAME>(x). NAME is the function's with _table, or "
        "table,\n"
        "in the global namespace, unless --name and --namespace say otherwise.\n"
        "\n"
        "Limits: --frac-bits at most " +
        std::to_string(most_frac_bits) + ", --argument-bits at most " + std::to_string(most_argument_bits) +
        " and, for symmetry ramp, at most --frac-bits;\n"
        "formats of at most 32 bits; tables of at most " +
        std::to_string(most_cells) +
        " cells.\n"
        "\n"
        "Examples:\n"
        "  fxp_approximate --function tanh --format 4.12 --degree 3 --error-ulp 0.0625 --compare\n"
        "  fxp_approximate --expression 'exp(-x^2)' --range 0:8 --symmetry even --format 8.24 --error-ulp 0.0625\n"
        "  fxp_approximate --function exp2 --frac-bits 37 --argument-bits 31 --error '1.5*2^-37' --header exp2.hpp\n"
        "\n"
        "Exit codes: 0 done; 1 gnuplot or a write failed; 2 the request makes no sense or cannot be met, and nothing "
        "was\n"
        "written.";
    return text;
}

void add_options(CLI::App& app, Options& options) {
    app.add_option("--function", options.function, known_function_names())->type_name("NAME");
    app.add_option("--expression", options.expression, "instead: an expression in x, such as \"exp(-x^2)\"")
        ->type_name("TEXT");
    app.add_option("--range", options.range, "where; multiples of an argument step")->type_name("LO:HI");
    app.add_option("--degree", options.degree, "of the polynomials, 1 to 12")->capture_default_str();
    app.add_option("--method", options.method,
                   "minimax: smallest largest error, by Sollya's fpminimax; gpc: multi-element generalized polynomial "
                   "chaos, smallest mean square error")
        ->type_name("minimax|gpc")
        ->capture_default_str();
    app.add_option("--distribution", options.distribution, "of the input on a segment, for gpc")
        ->type_name("uniform|exponential:RATE")
        ->capture_default_str();
    app.add_option("--format", options.format, "in which users will evaluate, as 8.24; I counts the sign bit")
        ->type_name("I.F");
    app.add_option("--frac-bits", options.frac_bits,
                   "of coefficients and values (default: F + guard bits), at most 46");
    app.add_option("--guard-bits", options.guard_bits, "beyond the format's fraction bits")->capture_default_str();
    app.add_option("--argument-bits", options.argument_bits,
                   "fraction bits of arguments (default: F, at least 16; for ramp at most --frac-bits), at most 31");
    app.add_option("--error", options.error, "largest error, absolute: 2^-12, 0.001, 1.5*2^-38")->type_name("E");
    app.add_option("--error-ulp", options.error_ulp, "largest error before the last rounding, in steps of the format")
        ->type_name("E");
    app.add_option("--symmetry", options.symmetry, "none, even, odd, one_minus, ramp (default: the function's own)")
        ->type_name("KIND");
    app.add_flag("--extend", options.extend, "end with a constant segment even without symmetry");
    app.add_option("--name", options.name, "of the variable (default: the function's with _table, or table)");
    app.add_option("--namespace", options.name_space, "of the variable (default: none, the global one)")
        ->type_name("A::B");
    app.add_option("--header", options.header, "write the table as a C++ header")->type_name("FILE");
    app.add_option("--json", options.json, "write the table and its figures as JSON")->type_name("FILE");
    app.add_option("--plot", options.plot, "draw the error over the range, .svg or .png")->type_name("FILE");
    app.add_flag("--compare", options.compare, "make the table by both methods and show their figures side by side");
}

/// One line on stderr.
void complain(const std::string& message) { std::cerr << "fxp_approximate: " << printable(message) << '\n'; }

/// Arguments are shown in messages and in the header's comment, where one line has to stay one.
void require_plain_text(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        if (!has_control(argv[i])) continue;
        throw ArgumentError("argument " + std::to_string(i) + " \"" + argv[i] +
                            "\": expected no control characters such as an end of line");
    }
}

/// The command line as it can be typed again, without the program's folder.
std::string command_text(int argc, char** argv) {
    std::string text = "fxp_approximate";
    for (int i = 1; i < argc; ++i) text += ' ' + shell_word(argv[i]);
    return text;
}

/// A line that comes and goes on a terminal.
class ProgressLine {
  public:
    explicit ProgressLine(std::string what) : what_(std::move(what)), visible_(isatty(STDERR_FILENO) == 1) {}
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ~ProgressLine() {
        if (visible_) std::cerr << "\r\033[K" << std::flush;
    }
    void show(double fraction) {
        if (visible_) std::cerr << '\r' << what_ << ' ' << static_cast<int>(100 * fraction) << " %" << std::flush;
    }

  private:
    std::string what_;
    bool visible_;
};

Outcome make_outcome(const Request& request, std::vector<std::string>& remarks) {
    const std::string method(method_name(request.method));
    ProgressLine generating("generating, " + method);
    Generated generated = generate(request, [&generating](double fraction) { generating.show(fraction); });
    for (std::string& remark : generated.remarks) remarks.push_back(method + ": " + remark);
    Outcome outcome{request, std::move(generated.table), std::move(generated.beyond), {}};
    if (request.format) {
        ProgressLine verifying("verifying, " + method);
        verifying.show(0);
        outcome.verified = verify(request, outcome.table);
    }
    return outcome;
}

/// The file that a name stands for, whether it exists or not.
std::filesystem::path target_of(const std::string& file) {
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(file, error);
    const std::filesystem::path target = std::filesystem::weakly_canonical(absolute, error);
    return error ? absolute.lexically_normal() : target;
}

void require_writable(const Options& options) {
    const auto require_different = [](const std::string& option, const std::string& a, const std::string& other,
                                      const std::string& b) {
        if (a.empty() || b.empty() || target_of(a) != target_of(b)) return;
        throw ArgumentError(option + " " + a + " and " + other + " " + b + ": expected different files");
    };
    require_different("--header", options.header, "--json", options.json);
    require_different("--header", options.header, "--plot", options.plot);
    require_different("--json", options.json, "--plot", options.plot);
    for (const std::string& file : {options.header, options.json, options.plot}) {
        if (file.empty()) continue;
        try {
            AtomicFile probe(file);
        } catch (const DataError& error) {
            throw ArgumentError(error.what());
        }
    }
}

void approximate(const Options& options, const std::string& command) {
    const Request request = make_request(options);
    if (options.compare && !request.format) throw ArgumentError("--compare: expected --format with it, to verify in");
    if (!options.plot.empty()) require_plot(options.plot);
    require_writable(options);

    std::vector<std::string> remarks;
    std::vector<Outcome> outcomes{make_outcome(request, remarks)};
    if (options.compare) {
        Request other = request;
        other.method = request.method == Method::minimax ? Method::gpc : Method::minimax;
        try {
            outcomes.push_back(make_outcome(other, remarks));
        } catch (const ArgumentError& error) {
            throw ArgumentError("--compare, " + std::string(method_name(other.method)) + ": " + error.what());
        }
    }

    std::deque<AtomicFile> files;
    const auto write = [&files](const std::string& file, const std::string& content) {
        if (!file.empty()) files.emplace_back(file).write(content);
    };
    write(options.header, header_text(outcomes[0], command));
    write(options.json, json_text(outcomes, command));
    if (!options.plot.empty()) write(options.plot, plot_bytes(outcomes[0], options.plot));
    for (AtomicFile& file : files) file.commit();

    std::cout << report_text(outcomes[0]);
    if (options.compare) std::cout << '\n' << comparison_text(outcomes);
    finish_standard_output();
    for (const std::string& remark : remarks) complain(remark);
}

int run_program(int argc, char** argv) {
    CLI::App app(description);
    app.footer(explanation());
    Options options;
    add_options(app, options);
    try {
        require_plain_text(argc, argv);
        app.parse(argc, argv);
        approximate(options, command_text(argc, argv));
        return EXIT_SUCCESS;
    } catch (const CLI::Success& request) {
        return app.exit(request);
    } catch (const CLI::ParseError& error) {
        complain(std::string(error.what()) + " (--help explains the usage)");
        return wrong_usage;
    } catch (const ArgumentError& error) {
        complain(error.what());
        return wrong_usage;
    } catch (const std::exception& error) {
        complain(error.what());
        return failure;
    }
}

} // namespace
} // namespace fxp::approximate

int main(int argc, char** argv) {
    fxp::survive_file_size_limit();
    return fxp::approximate::run_program(argc, argv);
}
