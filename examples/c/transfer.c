/* SPDX-License-Identifier: Apache-2.0 */
/* The C interface: connects to the cluster in CLUSTER_ENDPOINT, and runs a transaction again when
   it conflicts with another one. Everything after the connect is libpq. */
#include <dsql.h>
#include <libpq-fe.h>

#include <stdio.h>
#include <stdlib.h>

enum { MOST_ATTEMPTS = 5, CONNECT_TIMEOUT_MS = 30000 };

/* Prints an error and frees it. */
static void complain(dsql_error *error) {
    fprintf(stderr, "%s: %s\n", dsql_status_name(dsql_error_status(error)),
            dsql_error_message(error));
    dsql_error_free(error);
}

/* The connection belongs to the caller. NULL after a failure, which has been printed. */
static PGconn *connect_to(const char *cluster) {
    dsql_error *error = NULL;
    dsql_config *config = NULL;
    dsql_connector *connector = NULL;
    PGconn *connection = NULL;
    if (dsql_config_create(NULL, &config, &error) == DSQL_OK &&
        dsql_config_set(config, "host", cluster, &error) == DSQL_OK &&
        dsql_config_set(config, "user", "admin", &error) == DSQL_OK &&
        dsql_connector_create(config, &connector, &error) == DSQL_OK) {
        /* A program with many connections keeps the connector, and so credentials and token. */
        dsql_connector_connect(connector, CONNECT_TIMEOUT_MS, &connection, &error);
    }
    dsql_connector_free(connector);
    dsql_config_free(config);
    if (connection == NULL) {
        complain(error);
    }
    return connection;
}

/* Runs one statement and prints its error. Returns which conflict the error is, if it is one. */
static int run(PGconn *connection, const char *sql, dsql_conflict *conflict) {
    PGresult *result = PQexec(connection, sql);
    const ExecStatusType status = PQresultStatus(result);
    const int succeeded = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    *conflict = dsql_conflict_of(PQresultErrorField(result, PG_DIAG_SQLSTATE),
                                 PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    if (!succeeded) {
        fprintf(stderr, "%s", PQresultErrorMessage(result));
    }
    PQclear(result);
    return succeeded;
}

/* Runs the statements in a transaction, and all of them again after a conflict. */
static int run_transaction(PGconn *connection, const char *const *statements, size_t count) {
    dsql_conflict conflict = DSQL_CONFLICT_NONE;
    int attempt = 0;
    do {
        size_t i = 0;
        int succeeded = run(connection, "BEGIN", &conflict);
        for (i = 0; succeeded && i < count; ++i) {
            succeeded = run(connection, statements[i], &conflict);
        }
        if (succeeded && run(connection, "COMMIT", &conflict)) {
            return 1;
        }
        if (PQtransactionStatus(connection) != PQTRANS_IDLE) {
            dsql_conflict ignored = DSQL_CONFLICT_NONE;
            run(connection, "ROLLBACK", &ignored);
        }
    } while (conflict != DSQL_CONFLICT_NONE && ++attempt < MOST_ATTEMPTS);
    return 0;
}

static int print_balances(PGconn *connection) {
    PGresult *result = PQexec(connection, "SELECT balance FROM example_c_accounts ORDER BY id");
    const int succeeded = PQntuples(result) == 2;
    if (succeeded) {
        printf("account 1 has %s, account 2 has %s\n", PQgetvalue(result, 0, 0),
               PQgetvalue(result, 1, 0));
    }
    PQclear(result);
    return succeeded;
}

int main(void) {
    /* DSQL takes one change of the schema in a transaction. */
    static const char *const drop[] = {"DROP TABLE IF EXISTS example_c_accounts"};
    static const char *const create[] = {
        "CREATE TABLE example_c_accounts (id int PRIMARY KEY, balance int NOT NULL)"};
    static const char *const rows[] = {
        "INSERT INTO example_c_accounts VALUES (1, 100), (2, 100)"};
    static const char *const transfer[] = {
        "UPDATE example_c_accounts SET balance = balance - 30 WHERE id = 1",
        "UPDATE example_c_accounts SET balance = balance + 30 WHERE id = 2"};
    const char *const cluster = getenv("CLUSTER_ENDPOINT");
    PGconn *connection = NULL;
    int succeeded = 0;
    if (cluster == NULL) {
        fprintf(stderr, "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n");
        return EXIT_FAILURE;
    }
    connection = connect_to(cluster);
    if (connection == NULL) {
        return EXIT_FAILURE;
    }
    succeeded = run_transaction(connection, drop, 1) && run_transaction(connection, create, 1) &&
                run_transaction(connection, rows, 1) && run_transaction(connection, transfer, 2) &&
                print_balances(connection) && run_transaction(connection, drop, 1);
    PQfinish(connection);
    return succeeded ? EXIT_SUCCESS : EXIT_FAILURE;
}
