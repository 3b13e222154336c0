#!/usr/bin/env bash
# Signing in with a real provider: Keycloak from Maven Central, kept in REEVE_CACHE, started on the loopback for test/keycloak/keycloak.ts.
# Needs npm ci, Java 17 or newer and curl. Where Java or the network is missing it is skipped; REEVE_SSO_STRICT=1 makes that a failure.
set -euo pipefail
version=26.7.3
sha256=77657f30b7e90d70f727712ce1c967f430fd6a5e9f458d32d8c6df0635345f47
address=https://repo1.maven.org/maven2/org/keycloak/keycloak-quarkus-dist/$version/keycloak-quarkus-dist-$version.tar.gz
cache=${REEVE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/reeve}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/reeve-sso-XXXXXX")
keycloak=
finish() {
  if [ -n "$keycloak" ]; then kill -TERM -- "-$keycloak" 2>/dev/null || true; wait "$keycloak" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

skipped() {
  echo "SKIPPED Keycloak: $1"
  if [ "${REEVE_SSO_STRICT:-}" = 1 ]; then exit 1; fi
  exit 0
}

command -v curl >/dev/null || skipped 'curl is not installed'
java=$(java -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p') || true
[ "${java:-0}" -ge 17 ] || skipped 'Java 17 or newer is not installed'

mkdir -p "$cache"
archive=$cache/keycloak-$version.tar.gz
if ! echo "$sha256  $archive" | sha256sum --check --status 2>/dev/null; then
  curl -fsSL --retry 2 --connect-timeout 20 --max-time 300 -o "$work/keycloak.tar.gz" "$address" || skipped "$address cannot be reached"
  echo "$sha256  $work/keycloak.tar.gz" | sha256sum --check --status || { echo "$address is not what it was"; exit 1; }
  mv "$work/keycloak.tar.gz" "$archive"
fi
# Unpacked beside it: Keycloak compiles itself at its first start, and keeps that. Its database is in memory.
program=$cache/keycloak-$version
if [ ! -x "$program/bin/kc.sh" ]; then
  tar -xzf "$archive" -C "$work"
  mv "$work/keycloak-$version" "$program" 2>/dev/null || [ -x "$program/bin/kc.sh" ]
fi

port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
export KEYCLOAK=http://127.0.0.1:$port ADMIN=admin ADMIN_PASSWORD=$(head -c 18 /dev/urandom | base64)
JAVA_OPTS_KC_HEAP='-Xms64m -Xmx512m' KC_BOOTSTRAP_ADMIN_USERNAME=$ADMIN KC_BOOTSTRAP_ADMIN_PASSWORD=$ADMIN_PASSWORD \
  setsid "$program/bin/kc.sh" start-dev --db=dev-mem --http-host=127.0.0.1 --http-port="$port" --cache=local >"$work/keycloak.log" 2>&1 &
keycloak=$!
for _ in $(seq 600); do
  if curl -fs -o /dev/null "$KEYCLOAK/realms/master"; then break; fi
  kill -0 "$keycloak" 2>/dev/null || break
  sleep 0.5
done
curl -fs -o /dev/null "$KEYCLOAK/realms/master" || { tail -n 40 "$work/keycloak.log"; exit 1; }
echo "Keycloak $version answers after $SECONDS s"

cd "$here/../.."
if ! npm test -- test/keycloak/keycloak.ts; then
  grep -E 'ERROR|WARN' "$work/keycloak.log" | tail -n 20
  exit 1
fi
