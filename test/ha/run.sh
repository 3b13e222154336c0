#!/usr/bin/env bash
# npm run test:ha: Reeve on Debian's Patroni, etcd and HAProxy, on the loopback, while one thing after the other fails (test/ha/run.ts).
# Needs the Debian packages patroni, etcd-server, haproxy and postgresql; none of their services need run. As root it makes an account for the
# time of the test, since PostgreSQL refuses root. Where a package is missing it is skipped; REEVE_HA_STRICT=1 makes that a failure.
#   npm run test:ha -- --rounds 4
set -euo pipefail
cd "$(dirname "$0")/../.."

skipped() {
  echo "SKIPPED high availability: $1"
  if [ "${REEVE_HA_STRICT:-}" = 1 ]; then exit 1; fi
  exit 0
}
PATH=$PATH:/usr/sbin
for program in patroni etcd haproxy; do command -v "$program" >/dev/null || skipped "$program is not installed"; done
POSTGRESQL=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1) || true
[ -n "$POSTGRESQL" ] || skipped "Debian's PostgreSQL is not installed"
export POSTGRESQL
node=$(readlink -f node_modules/.bin/node || command -v node)
test=(--import ./bin/require-node.mjs test/ha/run.ts "$@")
if [ "$(id -u)" != 0 ]; then exec "$node" "${test[@]}"; fi

account=reeveha$$
work=$(mktemp -d "${TMPDIR:-/tmp}/reeve-ha-XXXXXX")
left() { ps -u "$account" -o stat=,pid=,args= 2>/dev/null | grep -v '^Z' || true; }
finish() {
  local status=$?
  set +e
  trap - EXIT
  for _ in $(seq 25); do [ -z "$(left)" ] && break; sleep 0.2; done
  if [ -n "$(left)" ]; then
    echo 'It left processes behind:'
    left
    [ "$status" -ne 0 ] || status=1
    left | awk '{ print $2 }' | xargs -r kill -KILL
    sleep 0.5
  fi
  userdel "$account" 2>/dev/null
  # Logs of a failed run are kept.
  if [ "$status" = 0 ]; then rm -rf --one-file-system "$work"; fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP
useradd --no-create-home --home-dir "$work" --shell /bin/bash "$account"
chown "$account" "$work"
# The account may not be able to read a clone of somebody else's.
if ! runuser -u "$account" -- test -r bin/reeve.mjs -a -x "$node"; then
  mkdir "$work/clone"
  tar --exclude=./.git --exclude=./data -cf - . | tar -xf - -C "$work/clone"
  cd "$work/clone"
  node=$(readlink -f node_modules/.bin/node || command -v node)
fi
runuser -u "$account" -- env HOME="$work" TMPDIR="$work" PATH="$(dirname "$node"):$PATH" POSTGRESQL="$POSTGRESQL" "$node" "${test[@]}"
