#!/usr/bin/env bash
# Sends generated requests to a demo server of this folder, from the vendor's OpenAPI documents and our own: test/fuzz/run.sh --help.
# Needs npm ci and Python 3.10 or newer. Skipped where pip cannot get schemathesis; REEVE_FUZZ_STRICT=1 makes that a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=node_modules/.cache/fuzz-venv
log=$(mktemp "${TMPDIR:-/tmp}/reeve-fuzz-pip-XXXXXX")
trap 'rm -f "$log"' EXIT
if ! { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check -r test/fuzz/requirements.txt; } >"$log" 2>&1; then
  echo 'SKIPPED fuzzing: pip does not get schemathesis'
  tail -n 3 "$log"
  if [ "${REEVE_FUZZ_STRICT:-}" = 1 ]; then exit 1; fi
  exit 0
fi
rm -f "$log"
PATH="$PWD/node_modules/.bin:$PATH" exec "$venv/bin/python" test/fuzz/run.py "$@"
