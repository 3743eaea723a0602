#!/usr/bin/env bash
# The library through FetchContent, from a local folder.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
source "$source_dir/tests/package/user.sh"

user_runs fetch_content -DFXP_SOURCE_DIR="$source_dir"
