# The steps of run.sh, which sets work, cache, release, programs and store.

failed() { echo "FAILED: $1" >&2; exit 1; }
expect() { # WHAT EXPECTED FOUND
  if [ "$2" != "$3" ]; then failed "$1: expected '$2', found '$3'"; fi
}
free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'; }
health=(node -e 'fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))')

# Debian's packages, without what its slim images leave out either. Made anew after a week, for its security updates.
base_image() {
  local tar=$cache/base-$release.tar
  if [ -z "$(find "$tar" -mtime -7 2>/dev/null)" ]; then
    debootstrap --variant=minbase "$release" "$work/root" >"$work/debootstrap.log" 2>&1 || { tail -n 20 "$work/debootstrap.log"; return 1; }
    (cd "$work/root" && rm -rf var/cache/apt/* var/lib/apt/lists/* var/log/* usr/share/{doc,man,info,locale}/*)
    mkdir -p "$cache"
    tar -C "$work/root" --one-file-system -cf "$tar.$$" . && mv "$tar.$$" "$tar"
    rm -rf --one-file-system "$work/root"
  fi
  # No cache of earlier layers and no image of anybody else: all that is in the result was made here.
  expect 'images in the store' '' "$(store images --quiet)"
  local container
  container=$(store from scratch)
  store add --quiet "$container" "$tar" / >/dev/null
  store commit --quiet "$container" localhost/reeve-base >/dev/null
  store rm "$container" >/dev/null
  echo "base: Debian $(store run "$(store from localhost/reeve-base)" -- cat /etc/debian_version) in $SECONDS s"
}

# The base with this machine's Node.js and npm, and with the authorities that npm trusts here.
builder_image() {
  local container authorities
  container=$(store from localhost/reeve-base)
  store add --quiet "$container" "$(readlink -f "$(node -p process.execPath)")" /usr/local/bin/node >/dev/null
  store add --quiet "$container" "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" /usr/local/lib/npm >/dev/null
  store run "$container" -- ln -s ../lib/npm/bin/npm-cli.js /usr/local/bin/npm
  authorities=${NODE_EXTRA_CA_CERTS:-$(npm config get cafile)}
  if [ -f "$authorities" ]; then
    store add --quiet "$container" "$authorities" /etc/authorities.crt >/dev/null
    store config --env NODE_EXTRA_CA_CERTS=/etc/authorities.crt "$container"
  fi
  store commit --quiet "$container" localhost/reeve-builder >/dev/null
  store rm "$container" >/dev/null
}

start_postgresql() {
  local at
  at=$(free_port)
  install -d -o postgres -m 700 "$work/cluster"
  cluster=$work/cluster/data
  (cd "$work/cluster" && runuser -u postgres -- "$programs/initdb" -D data --encoding=UTF8 --locale=C.UTF-8 --auth-local=peer --auth-host=scram-sha-256 >initdb.log &&
    runuser -u postgres -- "$programs/pg_ctl" -D data -l server.log -w \
      -o "-p $at -c listen_addresses=127.0.0.1 -c unix_socket_directories=$work/cluster -c fsync=off" start >/dev/null)
  runuser -u postgres -- "$programs/psql" -qX -h "$work/cluster" -p "$at" -v ON_ERROR_STOP=1 postgres \
    -c "CREATE ROLE reeve LOGIN PASSWORD 'reeve' NOSUPERUSER NOBYPASSRLS" \
    -c "CREATE DATABASE reeve OWNER reeve ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0"
  database_url=postgres://reeve:reeve@127.0.0.1:$at/reeve
}

megabytes() { du -sxm "$(store mount "$1")" | cut -f 1; }
# What find cannot open is not for that user either.
may_write() {
  store run "$1" -- sh -c "find / -xdev ! -type l -writable ! -path '/proc*' ! -path '/sys*' ! -path '/dev*' 2>/dev/null || true" | sort | xargs
}

# Starts a command in a process group of its own and leaves its process in `running`, its log in `log`.
runs() { # NAME COMMAND...
  log=$work/$1.log
  began=$(date +%s%N)
  setsid "${@:2}" >"$log" 2>&1 &
  running=$!
}
# The Node.js process of Reeve in that group: what Docker and Kubernetes signal. Here a process of buildah's with the same arguments is around
# it, which passes nothing on; the newest is Reeve.
reeve_process() { pgrep --newest -u 10001 -g "$running" -f 'bin/reeve.mjs'; }

ready() { # NAME SECONDS
  until curl -fs -o /dev/null "http://127.0.0.1:$port/readyz"; do
    if ! kill -0 "$running" 2>/dev/null || [ $((($(date +%s%N) - began) / 1000000000)) -ge "$2" ]; then
      tail -n 20 "$log"
      failed "$1 is not ready in $2 s"
    fi
    sleep 0.05
  done
  echo "$1: ready in $((($(date +%s%N) - began) / 1000000)) ms (at most $2 s)"
}

answers() { # PATH TYPE
  local found
  found=$(curl -fsS -o /dev/null -w '%{http_code} %{content_type}' -H "Accept: $2" "http://127.0.0.1:$port$1")
  case $found in "200 $2"*) ;; *) failed "$1 answered $found" ;; esac
}

stops() { # NAME
  local process status=0 at
  process=$(reeve_process) || true
  [ -n "$process" ] || failed "$1 has no process of 10001"
  at=$(date +%s%N)
  kill -TERM "$process"
  wait "$running" || status=$?
  running=
  at=$((($(date +%s%N) - at) / 1000000))
  [ "$status" = 0 ] || { tail -n 20 "$log"; failed "$1 ended with $status"; }
  [ "$at" -le 10000 ] || failed "$1 took $at ms to stop"
  echo "$1: stopped with 0 in $at ms (at most 10 s)"
}

# The same image, mounted so that nothing of it can be written, with the two folders that may be, as Kubernetes does by
# readOnlyRootFilesystem and emptyDir.
read_only_root() {
  local root
  root=$(store mount server)
  if ! unshare --mount true 2>/dev/null; then echo 'SKIPPED read-only root: no mount namespace may be made here'; return; fi
  runs read-only env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/bin REEVE_DATA=/var/lib/reeve NODE_ENV=production "${environment[@]}" unshare --mount bash -euc '
    mount --bind "$1" "$1"
    mount --rbind /dev "$1/dev"
    mount -t proc proc "$1/proc"
    mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
    mount -t tmpfs -o mode=700,uid=10001,gid=10001 tmpfs "$1/var/lib/reeve"
    mount -o remount,bind,ro "$1"
    if touch "$1/opt/written" 2>/dev/null; then echo "the root can be written"; exit 1; fi
    exec chroot "$1" setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
      node /opt/reeve/bin/reeve.mjs serve' bash "$root"
  ready read-only 5
  answers /sign-in text/html
  stops read-only
}
