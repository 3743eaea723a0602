#include "plot.hpp"

#include "table_runner.hpp"
#include "text.hpp"

#include "compare/gnuplot.hpp"
#include "fxp/io/atomic_file.hpp"
#include "fxp/tensor/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace fxp::approximate {
namespace {

namespace fs = std::filesystem;

/// A folder that vanishes with its content.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string pattern = (fs::temp_directory_path() / "fxp_approximate-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) throw DataError("cannot make a temporary folder for gnuplot");
        path_ = pattern;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

/// Steps of 2^-frac_bits in the plot's unit.
double unit_of(const Request& request) {
    return request.format ? std::ldexp(1.0, request.format->frac_bits - request.grid.frac_bits) : 1.0;
}

/// The table's value at an argument minus the exact one, in the plot's unit.
double signed_error(const Request& request, const TableRunner& runner, std::int64_t argument) {
    std::array<std::int64_t, 1> value{};
    runner.values(argument, value);
    Real x(64);
    Real exact(128);
    mpfr_set_sj_2exp(x, argument, -request.grid.argument_bits, MPFR_RNDN);
    request.exact->value(exact, x);
    mpfr_mul_2si(exact, exact, request.grid.frac_bits, MPFR_RNDN);
    mpfr_si_sub(exact, value[0], exact, MPFR_RNDN);
    return mpfr_get_d(exact, MPFR_RNDN) * unit_of(request);
}

/// Lines "x error", an empty line between segments. Points are as dense on the range as the picture can show.
std::string error_data(const Outcome& outcome) {
    constexpr std::int64_t points = 8192;
    constexpr std::int64_t fewest_per_segment = 16;
    const Request& request = outcome.request;
    const TableRunner runner(outcome.table);
    const std::int64_t stride = std::max<std::int64_t>((request.end - request.begin) / points, 1);
    std::string data;
    for (const Segment& segment : outcome.table.segments) {
        const std::int64_t width = segment.end - segment.begin;
        const std::int64_t step = std::max<std::int64_t>(std::min(stride, width / fewest_per_segment), 1);
        for (std::int64_t x = segment.begin; x < segment.end; x += step) {
            data +=
                fixed_text(x, request.grid.argument_bits) + ' ' + real_text(signed_error(request, runner, x)) + '\n';
        }
        data += '\n';
    }
    return data;
}

/// Text inside double quotes of gnuplot, free of its escapes and markup.
std::string quoted(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        if (c == '"' || c == '\\' || c == '`' || static_cast<unsigned char>(c) < 0x20) continue;
        safe += c;
    }
    return '"' + safe + '"';
}

std::string script(const Outcome& outcome, const fs::path& file) {
    const Request& request = outcome.request;
    const int bits = request.grid.argument_bits;
    const std::string terminal =
        file.extension() == ".svg" ? "svg size 960,480 noenhanced" : "png size 960,480 noenhanced";
    const std::string unit = request.format ? "ULP" : "steps of 2^-" + std::to_string(request.grid.frac_bits);
    const std::string target = real_text(request.target * unit_of(request));
    std::string text = "set terminal " + terminal + "\nset output \"plot\"\n";
    text += "set title " +
            quoted(request.function + ": " + std::to_string(outcome.table.segments.size()) + " polynomials of degree " +
                   std::to_string(outcome.table.degree) + ", " + std::string(method_name(request.method))) +
            "\n";
    text += "set xlabel \"x\"\nset ylabel " + quoted("error before rounding, " + unit) + "\n";
    text += "set xrange [" + fixed_text(request.begin, bits) + ":" + fixed_text(request.end, bits) + "]\n";
    for (std::size_t s = 1; s < outcome.table.segments.size(); ++s) {
        const std::string x = fixed_text(outcome.table.segments[s].begin, bits);
        text += "set arrow from " + x + ", graph 0 to " + x + ", graph 1 nohead dashtype 3 linecolor rgb \"#b0b0b0\"\n";
    }
    text += "set key outside bottom center horizontal\n";
    text += "plot \"errors\" with lines linecolor rgb \"#0060ad\" title \"error\", " + target +
            " linecolor rgb \"#c00000\" dashtype 2 title \"target\", -" + target +
            " linecolor rgb \"#c00000\" dashtype 2 notitle\n";
    return text;
}

} // namespace

void require_plot(const fs::path& file) {
    if (file.extension() != ".svg" && file.extension() != ".png") {
        throw ArgumentError("--plot " + file.string() + ": expected a name that ends in .svg or .png");
    }
    if (!compare::find_gnuplot()) {
        throw Error("--plot " + file.string() + ": no gnuplot on PATH (Debian and Ubuntu: package gnuplot-nox)");
    }
}

std::string plot_bytes(const Outcome& outcome, const fs::path& file) {
    require_plot(file);
    const TemporaryFolder folder;
    write_file(folder.path() / "errors", error_data(outcome));
    write_file(folder.path() / "plot.gp", script(outcome, file));
    if (const auto problem = compare::run_gnuplot(*compare::find_gnuplot(), folder.path(), "plot.gp")) {
        throw Error("--plot " + file.string() + ": " + *problem);
    }
    return read_file(folder.path() / "plot");
}

} // namespace fxp::approximate
