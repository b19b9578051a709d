#!/usr/bin/env bash
# Does "Add a check in one sitting" (CONTRIBUTING.md) hold? check.patch is a check that was made by following it; here it is
# applied to HEAD in a worktree of its own, and the tests that the guide names are run. Not part of `cargo test`: it builds
# the workspace again. Needs git and what `cargo test` needs.
#
#   e2e/newcomer/check.sh [PATCH]
#
# Ends with 0 if they pass. CARGO_TARGET_DIR: where cargo builds; if not set, a folder that goes with the worktree.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
patch=$(realpath "${1:-$here/check.patch}")

work=$(mktemp -d)
tree=$work/tree
trap 'git -C "$here" worktree remove --force "$tree" 2>/dev/null || true; rm -rf "$work"' EXIT
git -C "$here" worktree add --quiet --detach "$tree" HEAD
cd "$tree"
git apply --index "$patch"

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$work/target}
# A snapshot that differs is a failure here, whatever the caller's settings are.
export INSTA_UPDATE=no
cargo test --quiet -p appgw-runbook
cargo test --quiet -p appgw-operator --lib --test rows
cargo test --quiet -p appgw-e2e --lib world::tests
# A filter that fits no test passes, too: it has to be this one.
cargo test --quiet -p appgw-e2e --test whole -- --exact worlds::requests_that_are_cut_short_are_a_hint | tee "$work/whole"
grep -q '^test result: ok. 1 passed' "$work/whole" || { echo "check: the whole-system test is not there" >&2; exit 1; }
