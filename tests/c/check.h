/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSQL_TESTS_C_CHECK_H
#define DSQL_TESTS_C_CHECK_H

#include <stdio.h>

/* How many checks of this program have failed. */
static int failures = 0;

/* Reports a condition that does not hold, and goes on. */
#define CHECK(condition) check((condition) ? 1 : 0, #condition, __FILE__, __LINE__)

static int check(int holds, const char *text, const char *file, int line) {
    if (!holds) {
        fprintf(stderr, "%s:%d: %s does not hold\n", file, line, text);
        ++failures;
    }
    return holds;
}

#endif
