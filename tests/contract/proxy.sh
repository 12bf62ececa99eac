#!/usr/bin/env bash
# Does every request of whole runs fit what the two vendors publish? Puts a validating proxy (prism, one
# per description) between `concordat` and its sandbox, lets people edit in between, and compares what was
# found with the table of deviations in crates/connectors/tests/contract/deviations.rs. Needs node and npm,
# and CONCORDAT_SPECS, the folder of the descriptions. Prism is fetched into a temporary directory unless
# MODULES names one that has it. Not part of the test suite: see docs/contract-testing.md.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
specs="${CONCORDAT_SPECS:?names the folder of the published descriptions}"
concordat="${CONCORDAT:-$root/target/debug/concordat}"
port="${PORT:-24100}"

work="$(mktemp -d)"
started=()
trap 'kill "${started[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
modules="${MODULES:-$work/modules}"
if [ ! -d "$modules/node_modules/@stoplight/prism-cli" ]; then
    mkdir -p "$modules"
    npm install --prefix "$modules" --no-audit --no-fund --silent @stoplight/prism-cli
fi

"$concordat" sandbox --no-limits --vendors 6 --contacts 12 --threats 12 \
    --write-config "$work/c.toml" > "$work/line.json" 2> "$work/sandbox.err" &
started+=($!)
until [ -s "$work/line.json" ]; do sleep 0.2; done
told() { node -p "JSON.parse(require('fs').readFileSync('$work/line.json')).$1"; }
upguard="$(told upguard.base_url)"
highlevel="$(told highlevel.base_url)"
control="$(told control_url)"

node "$here/proxy.mjs" "$modules/node_modules/.bin/prism" "$specs" "$upguard" "$highlevel" "$port" \
    > "$work/proxy.out" 2> "$work/proxy.err" &
proxy=$!
started+=("$proxy")
until grep -qs ready "$work/proxy.out"; do
    kill -0 "$proxy" || { cat "$work/proxy.err" >&2; exit 1; }
    sleep 0.5
done
# Without the id it wants, and with a body that lacks all: if that is not noticed, nothing is.
token="$(told highlevel.token)"
curl -sS -o "$work/none" -H "authorization: $(told upguard.api_key)" "http://127.0.0.1:$port/upguard/vendor/contact"
curl -sS -o "$work/none" -H "authorization: Bearer $token" -H 'version: 2021-07-28' \
    -H 'content-type: application/json' -d '{}' "http://127.0.0.1:$port/highlevel/contacts/"
curl -fsS "http://127.0.0.1:$port/_report" > "$work/wrong.json"
for violation in request/query request/body; do
    grep -q "$violation" "$work/wrong.json" || { echo "the proxy does not notice $violation" >&2; exit 1; }
done
curl -fsS "http://127.0.0.1:$port/_forget"
sed -i "s|\"$upguard\"|\"http://127.0.0.1:$port/upguard\"|; s|\"$highlevel\"|\"http://127.0.0.1:$port/highlevel\"|" "$work/c.toml"
printf '\n[mapping.disclosures]\nenabled = true\nallow = ["close"]\n[mapping.risks]\nenabled = true\n' >> "$work/c.toml"
printf '\n[mapping.contacts]\nbusiness = true\ngone = "delete"\n[mapping.leads]\nenabled = true\n' >> "$work/c.toml"
printf '\n[mapping.waivers]\nenabled = true\n[mapping.usage_policies]\nenabled = true\n' >> "$work/c.toml"
printf '\n[mapping.questionnaires]\nenabled = true\ngone = "delete"\n' >> "$work/c.toml"
node "$here/story.mjs" "$control" leaks

reconcile() {
    "$concordat" --config "$work/c.toml" reconcile "$@" > "$work/run.out" 2>&1 || echo "reconcile: exit $?"
    sed -n '/^Result/,$p;/^Refused/,$p' "$work/run.out"
}
"$concordat" --config "$work/c.toml" doctor --fix > /dev/null 2>&1 || true
reconcile --allow first-agreement --reason 'contract'
sleep 4 # the search index lags three seconds
node "$here/story.mjs" "$control" edits
reconcile
sleep 4
node "$here/story.mjs" "$control" regrets
reconcile
for chapter in hired left later; do
    sleep 4
    node "$here/story.mjs" "$control" "$chapter"
    reconcile
done
# A person signs in to the agency, by an app that the sandbox knows; its token opens the location.
printf sandbox-app > "$work/client.id"
printf sandbox-app-secret > "$work/client.secret"
chmod 600 "$work/client.id" "$work/client.secret"
{
    grep -v '^token = ' "$work/c.toml"
    printf '\n[highlevel.oauth]\nclient_id = { file = "client.id" }\nclient_secret = { file = "client.secret" }\nsign_in = "agency"\n'
    printf 'consent_url = "%s/v2/oauth/chooselocation"\nredirect_uri = "http://localhost:%s/callback"\n' \
        "$highlevel" "$((port + 99))"
} > "$work/signed.toml"
"$concordat" --config "$work/signed.toml" --state-dir "$work/signed" auth login --no-browser 2> "$work/login" &
login=$!
started+=("$login")
until grep -qs ^http "$work/login"; do kill -0 "$login" || { cat "$work/login" >&2; exit 1; }; sleep 0.2; done
curl -fsSL -o "$work/none" "$(grep -m1 ^http "$work/login")"
wait "$login"
"$concordat" --config "$work/signed.toml" --state-dir "$work/signed" pull > /dev/null 2>&1 || true
for id in $(node "$here/story.mjs" "$control" looked-at); do
    "$concordat" --config "$work/c.toml" explain --live "$id" > /dev/null
done
"$concordat" doctor --operations --json > "$work/catalogue.json"
curl -fsS "http://127.0.0.1:$port/_report" > "$work/report.json"
node "$here/verdict.mjs" "$work/report.json" "$work/catalogue.json" \
    "$root/crates/connectors/tests/contract/deviations.rs"
