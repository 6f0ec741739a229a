#!/bin/sh
# Runs once, when the database volume is new. The product's role owns its
# database and is no superuser: superusers pass over row-level security.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$HUB_PASSWORD" --username "$POSTGRES_USER" <<'SQL'
CREATE ROLE hub LOGIN PASSWORD :'password';
CREATE DATABASE hub OWNER hub;
SQL
