#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# psql: finds the endpoint by PGHOST and, unless there is a hosts entry, PGHOSTADDR, the certificate authority by
# PGSSLROOTCERT, and takes a token as its password.
set -euo pipefail

new_token() {
    dsql token --host "$CLUSTER_ENDPOINT" --user admin
}

sql() {
    PGPASSWORD="$(new_token)" psql -XAtq -v ON_ERROR_STOP=1 -v VERBOSITY=verbose "$@"
}

# expect WANTED GOT
expect() {
    [ "$1" = "$2" ] || { printf 'expected: %s\ngot: %s\n' "$1" "$2" >&2 && exit 1; }
}

expect 'admin|postgres' "$(sql -c 'SELECT current_user, current_database()')"
expect "it's six|7" "$(sql -v word="it's six" -v number=6 <<<"SELECT :'word', :number + 1")"
sql -c 'CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL)'
sql -c 'INSERT INTO counters VALUES (1, 0), (2, 0)'
expect '0,0' "$(sql -c "SELECT string_agg(value::text, ',') FROM counters")"

# Adds 1 in a transaction, in which the shell command $1 runs between a query and the change.
add_one() {
    sql -v meanwhile="$1" <<'SQL'
BEGIN;
SELECT value FROM counters WHERE id = 1 \g /dev/null
\setenv MEANWHILE :meanwhile
\! eval "$MEANWHILE"
UPDATE counters SET value = value + 1 WHERE id = 1;
COMMIT;
SQL
}

# Another session changes the same row meanwhile, at the first attempt only.
OTHER_PASSWORD="$(new_token)"
export OTHER_PASSWORD
# shellcheck disable=SC2016 # expands in the shell of psql
change_by_another='PGPASSWORD="$OTHER_PASSWORD" psql -XAtq -c "UPDATE counters SET value = value + 10 WHERE id = 1"'
failed="$(add_one "$change_by_another" 2>&1)" && expect "a conflict" "$failed"
grep -q '40001: .*(OC000)' <<<"$failed" || expect "a conflict" "$failed"
add_one true
expect 11 "$(sql -c 'SELECT value FROM counters WHERE id = 1')"

# The AWS SDKs for Go and Kotlin write a token without the slash after the host; its signature is the same.
token="$(new_token)"
expect 1 "$(PGPASSWORD="${token/\/\?/?}" psql -XAtq -c 'SELECT 1')"
[ "$token" != "${token/\/\?/?}" ]

# psql sends what \copy reads as COPY FROM STDIN, and prints COPY TO STDOUT.
printf '3\t30\n4\t40\n' | sql -c '\copy counters FROM STDIN'
expect 70 "$(sql -c 'COPY (SELECT sum(value) FROM counters WHERE id > 2) TO STDOUT')"

# The extended protocol, from psql 16 on.
psql_version="$(psql --version | sed -E 's/[^0-9]*([0-9]+).*/\1/')"
if [ "$psql_version" -ge 16 ]; then
    # shellcheck disable=SC2016 # the parameter is one of SQL
    expect 42 "$(sql <<<'SELECT $1::int * 7 \bind 6 \g')"
fi

# Direct TLS, from libpq 17 on.
if negotiated="$(sql -d 'sslnegotiation=direct' -c 'SHOW dsql_local.ssl_negotiation' 2>&1)"; then
    expect direct "$negotiated"
else
    grep -q 'invalid connection option "sslnegotiation"' <<<"$negotiated" || expect "direct TLS" "$negotiated"
fi

failed="$(sql -c 'SELECT 1 / 0' 2>&1)" && expect "an error" "$failed"
grep -q '22012' <<<"$failed"
failed="$(PGPASSWORD=no-token psql -X -c 'SELECT 1' 2>&1)" && expect "a rejected login" "$failed"
grep -q 'unable to accept connection, access denied' <<<"$failed"
