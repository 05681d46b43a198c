#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs a client that knows nothing of IAM through `dsql proxy --compat`, over TCP with its password.
#
#     proxy_client.sh COMMAND...
#
# COMMAND finds the port and the password in PROXY_PORT and PROXY_PASSWORD. What the proxy logs is shown if it fails.
set -euo pipefail

scratch="$(mktemp -d)"
dsql proxy --host "$CLUSTER_ENDPOINT" --compat --tcp --local-port 0 --password-file "$scratch/password" \
    >"$scratch/out" 2>"$scratch/log" &
proxy=$!
trap 'kill "$proxy"; wait "$proxy"; rm -rf "$scratch"' EXIT
until grep -q password: "$scratch/out"; do
    kill -0 "$proxy"
    sleep 0.05
done
PROXY_PORT="$(sed -nE 's/^listening on 127\.0\.0\.1://p' "$scratch/out")"
PROXY_PASSWORD="$(sed -nE 's/^127\.0\.0\.1:[0-9]+:[*]:[*]://p' "$scratch/password")"
export PROXY_PORT PROXY_PASSWORD
"$@" || {
    cat "$scratch/log" >&2
    exit 1
}
