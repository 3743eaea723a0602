#include "plot_scripts.hpp"

#include "text.hpp"

namespace fxp::compare {

constexpr std::size_t name_width = 40;

std::string quoted(const std::string& text) { return "'" + printable(text) + "'"; }

std::string opening(const std::string& stem, int width, int height) {
    const auto size = [&](int scale) { return std::to_string(width * scale) + "," + std::to_string(height * scale); };
    return "# Draws " + stem + ".svg and " + stem + ".png: gnuplot " + stem + ".gp, in this folder.\n" +
           "formats = strstrt(GPVAL_TERMINALS, 'pngcairo') > 0 ? 'svg png' : 'svg'\n"
           "do for [format in formats] {\n"
           "reset\n"
           "set datafile separator ','\n"
           "set encoding utf8\n"
           "if (format eq 'svg') {\n"
           "    set terminal svg size " +
           size(1) +
           " dynamic noenhanced font 'DejaVu Sans,13' background '#ffffff'\n"
           "} else {\n"
           "    set terminal pngcairo size " +
           size(2) +
           " noenhanced font 'DejaVu Sans,10' fontscale 2 linewidth 2 "
           "pointscale 2 background '#ffffff'\n"
           "}\n"
           "set output '" +
           stem +
           ".' . format\n"
           "set style line 1 lc rgb '#0072B2'\n" // blue and vermilion of the Okabe-Ito palette
           "set style line 2 lc rgb '#D55E00'\n"
           "set border 3 lc rgb '#555555'\n"
           "set tics nomirror out scale 0.6 textcolor rgb '#333333'\n"
           "set grid lc rgb '#e4e4e4' lt 1 lw 0.8\n";
}

std::string closing() { return "unset multiplot\nset output\n}\n"; }

std::string names_line(const Run& a, const Run& b, const std::string& remark) {
    return "A: " + shortened(a.label, name_width) + "    B: " + shortened(b.label, name_width) +
           (remark.empty() ? "" : "    (" + remark + ")");
}

std::string title_labels(const std::string& title, const std::string& subtitle, const std::string& title_y,
                         const std::string& subtitle_y) {
    return "set label 1 " + quoted(title) + " at screen 0.5, screen " + title_y +
           " center font ',17' textcolor rgb '#111111'\nset label 2 " + quoted(subtitle) + " at screen 0.5, screen " +
           subtitle_y + " center font ',12' textcolor rgb '#555555'\n";
}

} // namespace fxp::compare
