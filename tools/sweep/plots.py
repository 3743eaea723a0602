"""Plots: accuracy over fraction bits, drawn by gnuplot where it is installed."""
import os
import shutil
import subprocess

import program

# The Okabe-Ito palette, without its yellow.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#8B5A2B")
DETAIL = 3  # points below the best that the lower panel shows


class Line:
    """Accuracies over fraction bits: (bits, mean, deviation) each, in the order of bits."""

    def __init__(self, label, values):
        self.label = label
        self.values = sorted(values)


def name_of(point, left_out, fixed):
    """The settings of a point, but for some and those that all points share."""
    return " ".join(value if name.startswith(("range.", "rounding.")) else f"{name}={value}"
                    for name, value in point.items() if name not in left_out and name not in fixed)


def shared(points):
    """Names that have one and the same value in all points."""
    first, *rest = points
    return {name for name, value in first.items() if all(point.get(name) == value for point in rest)}


def swept_roles(summaries):
    """Roles with more than one number of fraction bits."""
    bits = {}
    for summary in summaries:
        for name, value in summary.point.items():
            if name.startswith("format."):
                bits.setdefault(name.removeprefix("format."), set()).add(value)
    return [role for role, values in bits.items() if len(values) > 1]


def lines(summaries, role):
    """A line for each choice of the settings beside the role's fraction bits."""
    axis = f"format.{role}"
    having = [s for s in summaries if axis in s.point and s.accuracies]
    if not having:
        return []
    fixed = shared([s.point for s in having])
    words = {s.point[axis].partition(".")[0] for s in having}
    found = {}
    for s in having:
        word, _, bits = s.point[axis].partition(".")
        parts = [role, f"{word} bits" if len(words) > 1 else "", name_of(s.point, {axis}, fixed)]
        label = ", ".join(part for part in parts if part)
        found.setdefault(label, []).append((int(bits), s.mean(), s.deviation() or 0))
    return [Line(label, values) for label, values in found.items()]


def levels(summaries):
    """(label, mean) of points without formats: what the lines are to be seen against."""
    having = [s for s in summaries if s.accuracies and not any(name.startswith("format.") for name in s.point)]
    if not having:
        return []
    fixed = shared([s.point for s in having])
    found = []
    for s in having:
        kind = "float twin" if s.point.get("arithmetic") == "float" else "formats of the recipe"
        rest = name_of(s.point, {"arithmetic"}, fixed)
        found.append((f"{kind}, {rest}" if rest else kind, s.mean()))
    return found


def quoted(text):
    return "'" + "".join(c if c.isprintable() else "?" for c in text).replace("'", "''") + "'"


def script(stem, title, drawn, beside):
    """A gnuplot script that draws `stem`.svg and .png: all accuracies and, where they differ much, the best ones."""
    means = [mean for line in drawn for _, mean, _ in line.values] + [mean for _, mean in beside]
    bits = [b for line in drawn for b, _, _ in line.values]
    best = max(means)
    detailed = best - min(means) > 2 * DETAIL
    text = (f"# Draws {stem}.svg and {stem}.png: gnuplot {stem}.gp, in this folder.\n"
            "# Columns: fraction bits, mean accuracy, standard deviation over seeds.\n")
    for i, line in enumerate(drawn):
        text += f"$line{i} << END\n" + "".join(f"{b} {mean:.6g} {sd:.6g}\n" for b, mean, sd in line.values) + "END\n"
    height = 900 if detailed else 600
    text += f"""formats = strstrt(GPVAL_TERMINALS, 'pngcairo') > 0 ? 'svg png' : 'svg'
do for [format in formats] {{
reset
set encoding utf8
if (format eq 'svg') {{
    set terminal svg size 960,{height} dynamic noenhanced font 'DejaVu Sans,13' background '#ffffff'
}} else {{
    set terminal pngcairo size 1920,{2 * height} noenhanced font 'DejaVu Sans,10' fontscale 2 \\
        linewidth 2 pointscale 2 background '#ffffff'
}}
set output '{stem}.' . format
set border 3 lc rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#333333'
set grid lc rgb '#e4e4e4' lt 1 lw 0.8
set label 1 {quoted(title)} at screen 0.5, screen 0.965 center font ',17' textcolor rgb '#111111'
set lmargin at screen 0.09
set rmargin at screen 0.70
set key at screen 0.72, screen 0.91 left top Left reverse samplen 2.5 width 1 textcolor rgb '#333333'
set xrange [{min(bits) - 0.5}:{max(bits) + 0.5}]
set xtics 1
set ylabel 'Test accuracy (%)' offset 0.5,0
set multiplot
"""
    plot = [f"$line{i} using ($1+{offset(i, len(drawn)):.3g}):2:3 with yerrorlines "
            f"lc rgb '{COLOURS[i % len(COLOURS)]}' lw 1.6 pt {7 if i < len(COLOURS) else 5} ps 0.7 "
            f"title {quoted(line.label)}" for i, line in enumerate(drawn)]
    plot += [f"{mean:.6g} with lines lc rgb '#777777' dt ({9 - 3 * (i % 3)},{3 + i % 3}) lw 1.6 title {quoted(label)}"
             for i, (label, mean) in enumerate(beside)]
    plot = "plot " + ", \\\n     ".join(plot) + "\n"
    if detailed:
        text += ("set tmargin at screen 0.92\nset bmargin at screen 0.52\n" + plot +
                 "unset key\nunset label 1\n"
                 f"set tmargin at screen 0.46\nset bmargin at screen 0.08\nset yrange [{best - DETAIL:.6g}:"
                 f"{best + DETAIL / 5:.6g}]\nset xlabel 'Fraction bits'\n"
                 f"set ylabel 'The best {DETAIL} points (%)'\n" + plot)
    else:
        text += "set tmargin at screen 0.90\nset bmargin at screen 0.12\nset xlabel 'Fraction bits'\n" + plot
    return text + "unset multiplot\nset output\n}\n"


def offset(i, count):
    """Sets error bars of many lines apart."""
    return 0 if count == 1 else 0.24 * (i / (count - 1) - 0.5)


def draw(folder, summaries):
    """Writes a script for each swept role, and for all roles when there are several, and runs them. Returns the stems
    drawn and what kept it from drawing, if anything."""
    roles = swept_roles(summaries)
    of_role = {role: lines(summaries, role) for role in roles}
    plots = {role: drawn for role, drawn in of_role.items() if drawn}
    if len(plots) > 1:
        plots["roles"] = [line for drawn in plots.values() for line in drawn]
    gnuplot = shutil.which("gnuplot")
    for stem, drawn in plots.items():
        title = "Accuracy over fraction bits of " + ("each role" if stem == "roles" else stem)
        path = os.path.join(folder, f"{stem}.gp")
        program.write(path, script(stem, title, drawn, levels(summaries)))
        if gnuplot:
            ended = subprocess.run([gnuplot, "-d", f"{stem}.gp"], cwd=folder, stdin=subprocess.DEVNULL,
                                   capture_output=True, text=True, check=False)
            if ended.returncode != 0:
                said = [line for line in ended.stderr.split("\n") if line.strip(" \t^")]
                raise program.Failure(f"gnuplot failed on {path}: {said[-1].strip() if said else ended.returncode}")
    if plots and not gnuplot:
        return list(plots), "gnuplot is not installed (tools/setup.sh train does it): plots are left as scripts"
    return list(plots), ""
