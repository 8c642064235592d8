#!/usr/bin/env bash
# Run once by the image of PostgreSQL, when the database is made: the roles, each with the password of its file.
# `clearing_owner` has the tables, `clearing_app` may only what migrations grant it; Keycloak has a database of its own.
set -euo pipefail

psql --no-psqlrc --set ON_ERROR_STOP=1 --quiet --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set owner="$(<"$SECRETS/database_owner_password")" \
  --set application="$(<"$SECRETS/database_application_password")" \
  --set keycloak="$(<"$SECRETS/keycloak_database_password")" <<'SQL'
CREATE ROLE clearing_owner LOGIN PASSWORD :'owner';
CREATE ROLE clearing_app LOGIN PASSWORD :'application';
CREATE ROLE keycloak LOGIN PASSWORD :'keycloak';

CREATE DATABASE clearing OWNER clearing_owner TEMPLATE template0;
CREATE DATABASE keycloak OWNER keycloak TEMPLATE template0;
REVOKE CONNECT ON DATABASE clearing, keycloak FROM PUBLIC;
GRANT CONNECT ON DATABASE clearing TO clearing_app;
SQL
