#!/usr/bin/env bash
# tools/coverage.sh --report: percentages, the lines that never ran, and the limit, of a coverage that is written here.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
command -v python3 >/dev/null || skip "there is no python3"

# coverage RAN: a header of 100 lines, the first RAN of which ran, but for line 3; and files that do not count.
coverage() {
    python3 - "$1" >"$work/coverage.json" <<'END'
import json, sys
ran = int(sys.argv[1])
lines = [{"line_number": n, "count": 5 if n <= ran and n != 3 else 0} for n in range(1, 101)]
lines += [{"line_number": 101, "count": 0, "gcovr/noncode": True}]
other = [{"line_number": 1, "count": 0}]
print(json.dumps({"files": [{"file": "include/fxp/core/format.hpp", "lines": lines},
                            {"file": "include/fxp/core/factor.hpp", "lines": [{"line_number": 7, "count": 1}]},
                            {"file": "tests/support/catch_main.cpp", "lines": other}]}))
END
}
report() { "$source_dir/tools/coverage.sh" --report "$work/coverage.json"; }

coverage 96 # 95 + 1 of 101
report >"$work/report" || fail "not enough for $(tail -n 1 "$work/report")"
for line in '^include/fxp/core/ +96 of +101 +95\.05 %$' '^include/fxp/core/factor\.hpp +1 of +1 +100\.00 %$' \
    '^include/fxp/core/format\.hpp: 3, 97-100$' '^no lines in: .*include/fxp/fxp\.hpp' \
    '^include/fxp +96 of +101 +95\.05 %$'; do
    grep -Eq "$line" "$work/report" || { cat "$work/report"; fail "no line '$line'"; }
done
if grep -q 'catch_main\|format.hpp.*101$' "$work/report"; then fail "what is not the library's code counts"; fi

coverage 95
must_fail 'include/fxp 95 of 101 94\.06 % .*expected at least 95 %' report
echo '{"files": []}' >"$work/coverage.json"
must_fail 'no lines of include/fxp, expected some' report
must_fail "coverage\.sh: '--all', expected nothing or --report" "$source_dir/tools/coverage.sh" --all
