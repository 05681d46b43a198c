/* SPDX-License-Identifier: Apache-2.0 */
/* A program in C, with the C interface and libpq. */
#include <dsql.h>
#include <libpq-fe.h>

#include <stdio.h>
#include <stdlib.h>

int main(void) {
    dsql_error *error = NULL;
    PGconn *connection = NULL;
    PGresult *result = NULL;
    if (dsql_connect(getenv("CLUSTER_ENDPOINT"), 30000, &connection, &error) != DSQL_OK) {
        fprintf(stderr, "%s\n", dsql_error_message(error));
        dsql_error_free(error);
        return EXIT_FAILURE;
    }
    result = PQexec(connection, "SELECT 'Hello, C'");
    printf("%s\n", PQgetvalue(result, 0, 0));
    PQclear(result);
    PQfinish(connection);
    return EXIT_SUCCESS;
}
