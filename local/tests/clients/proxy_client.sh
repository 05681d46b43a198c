#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Clients that know nothing of IAM, through `dsql proxy`: those that are installed, over TCP with the password, and
# pgbench over the Unix socket.
set -euo pipefail

directory="$(dirname "$(readlink -f "$0")")"
scratch="$(mktemp -d)"
dsql proxy --host "$CLUSTER_ENDPOINT" --compat --tcp --local-port 0 --password-file "$scratch/password" \
    >"$scratch/out" 2>"$scratch/log" &
tcp=$!
dsql proxy --host "$CLUSTER_ENDPOINT" --user admin --socket-dir "$scratch/socket" \
    >"$scratch/socket-out" 2>>"$scratch/log" &
unix=$!
trap 'kill "$tcp" "$unix"; wait "$tcp" "$unix"; rm -rf "$scratch"' EXIT
until grep -q password: "$scratch/out" && grep -q listening "$scratch/socket-out"; do
    kill -0 "$tcp" "$unix"
    sleep 0.05
done
PROXY_PORT="$(sed -nE 's/^listening on 127\.0\.0\.1://p' "$scratch/out")"
PROXY_PASSWORD="$(sed -nE 's/^127\.0\.0\.1:[0-9]+:[*]:[*]://p' "$scratch/password")"
export PROXY_PORT PROXY_PASSWORD

# try NAME TEST... -- COMMAND...: runs COMMAND if TEST succeeds.
try() {
    local name="$1" needed=()
    shift
    while [ "$1" != -- ]; do
        needed+=("$1")
        shift
    done
    shift
    if "${needed[@]}" >/dev/null 2>&1; then
        "$@" || { echo "$name failed through dsql proxy" >&2; cat "$scratch/log" >&2; exit 1; }
        echo "$name: all is right"
    else
        echo "$name: not installed"
    fi
}

for client in psycopg asyncpg sqlalchemy pg8000.native; do
    try "$client" /usr/bin/python3 -c "import $client" -- /usr/bin/python3 "$directory/proxy_client.py" "$client"
done
try pgjdbc test -r /usr/share/java/postgresql.jar -a -n "$(command -v javac)" -- \
    java -cp /usr/share/java/postgresql.jar "$directory/ProxyClient.java"
for module in postgres pg; do
    try "node $module" node -e "require('$module')" -- node "$directory/proxy_client.cjs" "$module"
done
try pgbench pgbench --version -- \
    pgbench -h "$scratch/socket" --no-vacuum --client 4 --transactions 50 --protocol prepared \
    --file <(echo 'SELECT :client_id;') postgres
