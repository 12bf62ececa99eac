#!/usr/bin/env bash
# Does a spreadsheet find a formula in a CSV report? Takes files, or checks the golden ones, hostile
# values among them. Opens each in headless LibreOffice Calc as it would be opened in places where the
# separator is a comma, a semicolon or a tab, with formulas evaluated, and counts the cells that became
# one. Needs libreoffice-calc. Not part of the test suite: see docs/testing.md.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
if [ $# -eq 0 ]; then
    golden="$here/../../crates/report/tests/golden"
    set -- "$golden"/plan-report.csv "$golden"/run-report.csv "$golden"/history.csv "$golden"/hostile*.csv
fi

# The cells of a file that are formulas, one a line. Separators are character codes; 34: quotes;
# 76: UTF-8; the last token: evaluate formulas.
formulas() {
    local file="$1" separators="$2" out="$work/out"
    rm -rf "$out"
    soffice -env:UserInstallation="file://$work/profile" --headless \
        --infilter="Text - txt - csv (StarCalc):$separators,34,76,1,,0,false,true,false,false,false,0,true" \
        --convert-to fods --outdir "$out" "$file" >"$work/log" 2>&1
    local made=("$out"/*.fods)
    [ -s "${made[0]}" ] || { cat "$work/log" >&2; echo "LibreOffice made nothing of $file" >&2; exit 2; }
    grep -o 'table:formula="[^"]*"' "${made[0]}" || true
}

# A check that finds nothing where there is something proves nothing.
printf 'name,value\r\nx,=1+1\r\n' >"$work/control.csv"
if [ "$(formulas "$work/control.csv" 44 | wc -l)" -ne 1 ]; then
    echo "LibreOffice evaluates no formulas here: nothing is proven" >&2
    exit 2
fi

failed=0
for file in "$@"; do
    for separators in 44 59 9 44/59/9; do
        found="$(formulas "$file" "$separators")"
        if [ -n "$found" ]; then
            failed=1
            echo "✗ $(basename "$file"), separated by $separators: $(wc -l <<<"$found") formulas"
            head -5 <<<"$found" | sed 's/^/    /'
        else
            echo "✓ $(basename "$file"), separated by $separators: no formula"
        fi
    done
done
exit "$failed"
