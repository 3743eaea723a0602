#!/usr/bin/env bash
# check_layers.sh INCLUDE_DIR: includes go down only, and in no circle. Prints one line per violation; exit 1 if there is
# any. The rules, for INCLUDE_DIR/fxp/<room>/...:
#   - a room includes only itself and the rooms named below;
#   - a room includes no umbrella header (INCLUDE_DIR/fxp/*.hpp); an umbrella header includes what it likes;
#   - "x.hpp" and "../room/x.hpp" are read from the folder of the header that says so, <fxp/...> and "fxp/..." from the root;
#   - core and kernels stay usable on small machines: no <iostream>, <stdexcept>, <thread>, <locale>, <string>;
#   - fxp/fxp.hpp reaches only the standard library;
#   - no header reaches itself.
set -euo pipefail
[ $# -eq 1 ] && [ -d "$1/fxp" ] || { echo "usage: check_layers.sh INCLUDE_DIR (with a folder fxp in it)" >&2; exit 2; }
cd "$1"

find fxp -name '*.hpp' | sort | while read -r header; do
    grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' "$header" /dev/null || true
done | awk '
    BEGIN {
        below["core"] = " core "
        below["kernels"] = below["core"] "kernels "
        below["math"] = below["kernels"] "math "
        below["tensor"] = below["math"] "tensor "
        below["autograd"] = below["tensor"] "autograd "
        below["nn"] = below["autograd"] "nn "
        below["optim"] = below["autograd"] "optim "
        below["data"] = below["tensor"] "data "
        below["recipes"] = below["autograd"] "nn optim recipes "
        below["io"] = below["tensor"] "io "
        hosted = " iostream stdexcept thread locale string "
    }
    function violation(text) { print where ": " text; violations++ }
    # The folder under fxp/ that a header stands in; "" for an umbrella header.
    function room_of(path,   part) { return split(path, part, "/") > 2 ? part[2] : "" }
    # "fxp/tensor" and "../core/x.hpp" give "fxp/core/x.hpp".
    function resolved(folder, path) {
        while (sub(/^\.\//, "", path) || (path ~ /^\.\.\// && sub(/\/?[^\/]*$/, "", folder) && sub(/^\.\.\//, "", path))) {}
        return folder "/" path
    }
    {
        split($0, piece, ":")
        from = piece[1]; where = from ":" piece[2]
        match($0, /["<][^">]*[">]/)
        quoted = substr($0, RSTART, 1) == "\""
        to = substr($0, RSTART + 1, RLENGTH - 2)
        room = room_of(from)
        if (quoted && to !~ /^fxp\//) { folder = from; sub(/\/[^\/]*$/, "", folder); to = resolved(folder, to) }

        if (room != "" && !(room in below)) violation("the room " room " has no rule; give it one in check_layers.sh")
        else if (to ~ /^fxp\//) {
            count[from]++; edge[from, count[from]] = to; line[from, to] = where
            to_room = room_of(to)
            if (room != "" && to_room == "") violation(room " includes the umbrella " to)
            else if (room != "" && index(below[room], " " to_room " ") == 0) violation(room " may not include " to)
        }
        else if (quoted) violation("\"" to "\" is not a header of ours")
        else {
            if (to ~ /\//) foreign[from] = to
            if ((room == "core" || room == "kernels") && index(hosted, " " to " ")) violation(room " may not include <" to ">")
        }
    }
    # Depth first; state is 1 while a header is on the path that led here, 2 when all below it is known.
    function visit(header, path,   i, next_header) {
        state[header] = 1
        for (i = 1; i <= count[header]; i++) {
            next_header = edge[header, i]
            if (state[next_header] == 1) {
                where = line[header, next_header]
                violation("a circle: " substr(path, index(path, next_header)) " -> " next_header)
            }
            else if (!state[next_header]) visit(next_header, path " -> " next_header)
        }
        state[header] = 2
    }
    function reach(header,   i) {
        if (reached[header]++) return
        if (header in foreign) { where = header; violation("fxp/fxp.hpp reaches <" foreign[header] ">, which is not the standard library") }
        for (i = 1; i <= count[header]; i++) reach(edge[header, i])
    }
    END {
        for (header in count) if (!state[header]) visit(header, header)
        reach("fxp/fxp.hpp")
        exit violations > 0
    }'
