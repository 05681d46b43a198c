#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# psql's \dy, which lists event triggers, shows none: Aurora DSQL has none.
set -euo pipefail

PGPASSWORD="$(dsql token --host "$CLUSTER_ENDPOINT" --user admin)"
export PGPASSWORD
shown="$(psql -XAtq -v ON_ERROR_STOP=1 -c '\dy')"
if [ -n "$shown" ]; then
    printf '\\dy shows:\n%s\n' "$shown"
    exit 1
fi
