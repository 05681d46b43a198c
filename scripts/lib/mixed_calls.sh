#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs 100 000 sequences of mixed calls on one connection with the programs that scripts/test has built, and with the
# libpq in DIRECTORY, if given.
#
#     scripts/lib/mixed_calls.sh [DIRECTORY]
set -euo pipefail

programs="$(dirname "$(readlink -f "$0")")/../../build/release/bin"
DSQL_TEST_SEQUENCES=100000 "$programs/dsql-local" run --dialect postgres --no-limits -- \
    env ${1:+LD_LIBRARY_PATH="$1"} "$programs/dsql_integration_tests" --gtest_filter='MixedCalls.*' --gtest_brief=1
