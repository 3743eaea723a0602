#!/usr/bin/env bash
# The tables in include/fxp/math/tables are what tools/approximate/tables.sh makes, byte by byte.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
[[ -x $bin_dir/fxp_approximate ]] || skip "fxp_approximate is not built"

FXP_BIN_DIR=$bin_dir must_pass "$source_dir/tools/approximate/tables.sh" "$work/tables"
diff -r "$source_dir/include/fxp/math/tables" "$work/tables" || fail "the shipped tables are not the generated ones"
