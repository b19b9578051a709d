#!/usr/bin/env bash
# The real, unmodified az against the simulated Azure: the article's read-only commands, and whether az knows every field
# that the simulator sends. Not part of `cargo test`: it installs az with pip (about two minutes and 750 MB, kept).
#
#   e2e/az/check.sh FOLDER [WORLD]     FOLDER holds setup.sh, az-env.sh, diagnose.sh and fidelity.py
#
# Ends with 0 if fidelity.py finds nothing and just the commands of expected-failures.txt fail. PYTHON: a Python that az
# supports (default python3.11); AZ_VENV: where az is kept.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scripts=${1:?usage: check.sh FOLDER [WORLD]}
world=${2:-$here/world.yaml}
for file in setup.sh az-env.sh diagnose.sh fidelity.py; do
    [ -r "$scripts/$file" ] || { echo "check: no $file in $scripts" >&2; exit 2; }
done
bash "$scripts/setup.sh" >&2
cargo build --quiet --manifest-path "$here/../../Cargo.toml" --package appgw-e2e --bin azure-sim
sim=${CARGO_TARGET_DIR:-$here/../../target}/debug/azure-sim

work=$(mktemp -d)
trap 'kill "${pid:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
"$sim" --world "$world" --time-scale 0.01 --ca-out "$work/ca.pem" --log "$work/requests.jsonl" >"$work/ready" &
pid=$!
for _ in $(seq 100); do [ -s "$work/ready" ] && break; sleep 0.1; done
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$work/ready"; }
origin=$(field origin)
[ -n "$origin" ] || { echo "check: the simulator did not start" >&2; exit 1; }
AZ_TENANT=$(field tenant) AZ_CLIENT_ID=$(field clientId) AZ_CLIENT_SECRET=$(field clientSecret)
export AZ_TENANT AZ_CLIENT_ID AZ_CLIENT_SECRET TMPDIR=$work
set +u
. "$scripts/az-env.sh" "$origin" "$work/ca.pem"
set -u

export SUBSCRIPTION=00000000-0000-0000-0000-000000000001 RG=rg-edge RESOURCE_NAME=shop
export PROBE_NAME=p-api WEBAPP_NAME=shop-app LA_URL=$origin TIMES=$work/times
bash "$scripts/diagnose.sh" >"$work/diagnose.out" 2>"$work/diagnose.err" || true
# Step and number of each command that failed, against the list: `6b 2  reason`.
awk '$3 != 0 {print $1, $2}' "$TIMES" | sort >"$work/failed"
sed -e 's/#.*//' -e '/^ *$/d' "$here/expected-failures.txt" | awk '{print $1, $2}' | sort >"$work/expected"
echo "diagnose.sh: $(wc -l <"$TIMES") commands, $(wc -l <"$work/failed") failed"
status=0
if ! diff "$work/expected" "$work/failed" >"$work/diff"; then
    echo "not as expected-failures.txt says (<: expected, >: failed):"
    cat "$work/diff" "$work/diagnose.err"
    status=1
fi
python3 "$scripts/fidelity.py" || status=1
exit "$status"
