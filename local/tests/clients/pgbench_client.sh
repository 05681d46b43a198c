#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pgbench, with each of its protocols. It repeats transactions that fail with 40001, as a program for Aurora DSQL must.
# Afterwards, each transfer must have happened once and whole.
set -euo pipefail

directory="$(dirname "$(readlink -f "$0")")"
clients=4
transfers=50

PGPASSWORD="$(dsql token --host "$CLUSTER_ENDPOINT" --user admin)"
export PGPASSWORD

sql() {
    psql -XAtq -v ON_ERROR_STOP=1 "$@"
}

sql <<'SQL'
CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL);
CREATE TABLE history (id uuid PRIMARY KEY, amount int NOT NULL);
INSERT INTO accounts SELECT number, 0 FROM generate_series(1, 50) AS number;
SQL

expected=0
for protocol in simple extended prepared; do
    pgbench --no-vacuum --file "$directory/pgbench_transfer.sql" --protocol "$protocol" --client "$clients" \
        --transactions "$transfers" --max-tries 1000 --random-seed 1
    expected=$((expected + clients * transfers))
    state="$(sql -c 'SELECT (SELECT sum(balance) FROM accounts), (SELECT count(*) FROM history)')"
    if [ "$state" != "0|$expected" ]; then
        echo "after --protocol $protocol: expected a sum of 0 and $expected transfers, got $state" >&2
        exit 1
    fi
done
