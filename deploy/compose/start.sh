#!/usr/bin/env bash
# Starts Reeve behind TLS with one command:
#   deploy/compose/start.sh id.vendor.example
# The first run makes deploy/.env with new secrets. Keep a copy of it elsewhere: without REEVE_SECRET the secrets in the database are lost.
set -euo pipefail
cd "$(dirname "$0")/.."
random() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
if [ ! -e .env ]; then
  domain=${1:?the domain under which Reeve is reached, such as id.vendor.example}
  umask 077
  {
    echo "REEVE_DOMAIN=$domain"
    for name in REEVE_SECRET REEVE_METRICS_TOKEN REEVE_DATABASE_PASSWORD POSTGRES_PASSWORD; do echo "$name=$(random)"; done
  } >.env.new
  mv .env.new .env
elif [ -n "${1:-}" ] && ! grep -qx "REEVE_DOMAIN=$1" .env; then
  echo "deploy/.env names another domain: change it there." >&2
  exit 1
fi
# Only prepares, where Docker is not.
if [ "${REEVE_COMPOSE:-up}" = none ]; then exit 0; fi
docker compose up --detach --build --wait
echo "Reeve answers. Its first operator: docker compose -f deploy/compose.yaml exec reeve node bin/reeve.mjs operator --email you@vendor.example"
