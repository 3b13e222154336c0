#!/usr/bin/env bash
# The official SDKs, as their users install them, against a demo server of this folder. Needs npm ci, Python 3.9 and Go 1.22 or newer.
# Where a package registry does not give out an SDK, that one is said to be skipped; REEVE_SDK_STRICT=1 makes that a failure.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/reeve-sdk-XXXXXX")
server=
finish() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  chmod -R u+w "$work" 2>/dev/null || true # Go keeps modules read-only
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

skipped() {
  echo "SKIPPED $1"
  tail -n 3 "$2"
  if [ "${REEVE_SDK_STRICT:-}" = 1 ]; then exit 1; fi
}

cd "$here/../.."
env -u DATABASE_URL REEVE_DATA="$work/data" PORT=0 REEVE_DEMO_CLIENTS=200 PATH="$PWD/node_modules/.bin:$PATH" node bin/reeve.mjs demo >"$work/server.log" 2>&1 &
server=$!

python3 -m venv "$work/venv"
if "$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" >"$work/pip.log" 2>&1; then python=yes; else python=; fi

# Not mod vendored, not cached: what a user gets. go.sum comes from the module's checksum database.
mkdir "$work/go"
cp "$here/main.go" "$here/go.mod" "$work/go/"
export GOPATH="$work/gopath" GOFLAGS="-mod=mod -buildvcs=false" GOTOOLCHAIN=local
go=
if ! command -v go >/dev/null; then
  echo 'go is not installed' >"$work/go.log"
elif (cd "$work/go" && go mod download github.com/G-Core/gcore-go) >"$work/go.log" 2>&1; then
  (cd "$work/go" && go build -o sdk .) # what does not compile is our fault
  go=yes
fi

for _ in $(seq 300); do
  if grep -q 'Reeve answers at' "$work/server.log"; then break; fi
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
grep -q 'Reeve answers at' "$work/server.log" || { cat "$work/server.log"; exit 1; }

failed=
if [ -n "$python" ]; then "$work/venv/bin/python" "$here/main.py" "$work/data/demo.json" || failed=1
else skipped 'Python SDK: pip does not get it' "$work/pip.log"; fi
if [ -n "$go" ]; then "$work/go/sdk" "$work/data/demo.json" || failed=1
else skipped 'Go SDK: the module proxy does not give it' "$work/go.log"; fi
[ -z "$failed" ]
