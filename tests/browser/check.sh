#!/usr/bin/env bash
# Do HTML reports work in a browser? Takes files, or checks the golden ones. Needs chromium, node and
# npm (for axe-core and playwright-core, fetched into a temporary directory unless MODULES names one
# that has them). Pictures go to SHOTS. Not part of the test suite: see docs/testing.md.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
modules="${MODULES:-$work/modules}"
if [ ! -d "$modules/node_modules/axe-core" ]; then
    mkdir -p "$modules"
    npm install --prefix "$modules" --no-audit --no-fund --silent axe-core playwright-core
fi
if [ $# -eq 0 ]; then
    set -- "$here"/../../crates/report/tests/golden/*.html
fi
node "$here/check.mjs" "$modules" "$work/profile" "${SHOTS:-$work/shots}" "$@"
