#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# psql's commands that describe a database show nothing of the endpoint's own: a user sees what he has made, and what
# Aurora DSQL has. (The event triggers of \dy are tested by themselves, and what only a pattern like *.* shows,
# such as functions in pg_catalog, counts as the server's.)
set -euo pipefail

PGPASSWORD="$(dsql token --host "$CLUSTER_ENDPOINT" --user admin)"
export PGPASSWORD

describe() {
    psql -XAtq -F ' ' -v ON_ERROR_STOP=1 -c "$1"
}

failures=0

# expect COMMAND PATTERN: each line that COMMAND prints must match the whole PATTERN of grep -E.
expect() {
    local found
    found="$(describe "$1" | grep -vE "^($2)\$" || true)"
    if [ -n "$found" ]; then
        failures=$((failures + 1))
        printf '%s shows what it should not:\n%s\n\n' "$1" "$found"
    fi
}

psql -Xq -v ON_ERROR_STOP=1 <<'SQL'
CREATE TABLE books (id int PRIMARY KEY, title text NOT NULL);
CREATE VIEW titles AS SELECT title FROM books;
INSERT INTO books VALUES (1, 'one');
SQL

expect '\d' 'public books table admin|public titles view admin'
expect '\dt' 'public books table admin'
expect '\dt *.*' 'public books .*|(sys|pg_catalog|pg_toast|information_schema) .*'
expect '\dv' 'public titles view admin'
expect '\di' 'public books_pkey index admin books'
expect '\ds' ''
expect '\dm' ''
expect '\df' ''
expect '\da' ''
expect '\dT' ''
expect '\dD' ''
expect '\dx' 'plpgsql .*'
expect '\dn' '(public|sys) .*'
expect '\dn+' '(public|sys) .*|[^ ]*=[UC*]+/[^ ]*.*'
expect '\du' '(admin|postgres) .*'
expect '\dg' '(admin|postgres) .*'
expect '\drds' ''
expect '\des' ''
expect '\dp' 'public (books|titles) .*'
expect '\ddp' ''
expect '\dconfig dsql_local*' ''
expect '\l' '(postgres|template0|template1) .*|[^ ]*=[CTc*]+/[^ ]*.*'
expect '\d books' 'id integer  not null.*|title text  not null.*|.*"books_pkey" PRIMARY KEY, btree \(id\)|Indexes:'
[ "$failures" -eq 0 ]
