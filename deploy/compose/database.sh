#!/usr/bin/env bash
# Makes Reeve's role and database at PostgreSQL's first start. Row-level security applies to the role, which is what keeps tenants apart.
set -euo pipefail
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
\getenv password REEVE_DATABASE_PASSWORD
CREATE ROLE reeve LOGIN PASSWORD :'password' NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
CREATE DATABASE reeve OWNER reeve ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0;
SQL
