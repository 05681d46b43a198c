#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# 100 000 sequences of mixed calls on one connection, by what scripts/test has built; with the libpq in that directory.
#
#     scripts/lib/mixed_calls.sh [DIRECTORY]
set -euo pipefail

programs="$(dirname "$(readlink -f "$0")")/../../build/release/bin"
DSQL_TEST_SEQUENCES=100000 "$programs/dsql-local" run --transaction-row-limit 0 -- \
    env ${1:+LD_LIBRARY_PATH="$1"} "$programs/dsql_integration_tests" --gtest_filter='MixedCalls.*' --gtest_brief=1
