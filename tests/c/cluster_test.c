/* SPDX-License-Identifier: Apache-2.0 */
/* The C interface against dsql-local: what a connection can do, how errors of a connect are told
   apart, threads. */
#define _POSIX_C_SOURCE 200809L

#include <dsql.h>
#include <libpq-fe.h>

#include "check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 60000, THREADS = 8 };

/* The config of the endpoint that "dsql-local run" has started. Its credentials are those of the
   environment. */
static dsql_config *cluster_config(void) {
    dsql_config *config = NULL;
    CHECK(dsql_config_create(getenv("CLUSTER_ENDPOINT"), &config, NULL) == DSQL_OK);
    return config;
}

static PGconn *connect_with(const dsql_config *config) {
    dsql_connector *connector = NULL;
    dsql_error *error = NULL;
    PGconn *connection = NULL;
    CHECK(dsql_connector_create(config, &connector, NULL) == DSQL_OK);
    if (!CHECK(dsql_connector_connect(connector, TIMEOUT_MS, &connection, &error) == DSQL_OK)) {
        fprintf(stderr, "%s\n", dsql_error_message(error));
    }
    dsql_error_free(error);
    dsql_connector_free(connector); /* the connection outlives it */
    return connection;
}

static PGconn *connect_to_cluster(void) {
    dsql_config *config = cluster_config();
    PGconn *connection = connect_with(config);
    dsql_config_free(config);
    return connection;
}

static int run(PGconn *connection, const char *sql) {
    PGresult *result = PQexec(connection, sql);
    const int succeeded =
        PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
    if (!succeeded) {
        fprintf(stderr, "%s: %s", sql, PQresultErrorMessage(result));
    }
    PQclear(result);
    return succeeded;
}

/* Whether the one value that a query returns is this one. */
static int returns(PGconn *connection, const char *sql, const char *value) {
    PGresult *result = PQexec(connection, sql);
    const int does = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
                     strcmp(PQgetvalue(result, 0, 0), value) == 0;
    PQclear(result);
    return does;
}

static void count_notice(void *count, const char *message) {
    (void)message;
    ++*(int *)count;
}

static void test_connection_belongs_to_libpq(void) {
    PGconn *connection = connect_to_cluster();
    int notices = 0;
    CHECK(PQstatus(connection) == CONNECTION_OK);
    CHECK(PQtransactionStatus(connection) == PQTRANS_IDLE);
    CHECK(PQisnonblocking(connection) == 0);
    CHECK(PQsslInUse(connection) == 1);
    CHECK(strcmp(PQhost(connection), getenv("CLUSTER_ENDPOINT")) == 0);
    /* libpq never had the token */
    CHECK(PQpass(connection) == NULL || PQpass(connection)[0] == '\0');
    CHECK(returns(connection, "SELECT current_user", "admin"));
    CHECK(run(connection, "DROP TABLE IF EXISTS c_no_such_table")); /* whose notice is ignored */
    PQsetNoticeProcessor(connection, count_notice, &notices);
    CHECK(run(connection, "DROP TABLE IF EXISTS c_no_such_table"));
    CHECK(notices == 1);
    PQfinish(connection);
}

/* A large result, and one in pieces: TLS must not keep back what libpq waits for. */
static void test_large_results(void) {
    PGconn *connection = connect_to_cluster();
    PGresult *result = NULL;
    int rows = 0;
    CHECK(returns(connection, "SELECT length(string_agg(repeat('x', 1000), ''))"
                              " FROM generate_series(1, 1000)", "1000000"));
    CHECK(PQsendQuery(connection, "SELECT repeat('x', 1000) FROM generate_series(1, 5000)") == 1);
    CHECK(PQsetSingleRowMode(connection) == 1);
    while ((result = PQgetResult(connection)) != NULL) {
        rows += PQntuples(result);
        PQclear(result);
    }
    CHECK(rows == 5000);
    PQfinish(connection);
}

static void test_pipeline(void) {
    PGconn *connection = connect_to_cluster();
    int results = 0;
    int ends = 0;
    CHECK(PQenterPipelineMode(connection) == 1);
    CHECK(PQsendQueryParams(connection, "SELECT 1", 0, NULL, NULL, NULL, NULL, 0) == 1);
    CHECK(PQsendQueryParams(connection, "SELECT 2", 0, NULL, NULL, NULL, NULL, 0) == 1);
    CHECK(PQpipelineSync(connection) == 1);
    while (ends < 3) {
        PGresult *result = PQgetResult(connection);
        results += PQresultStatus(result) == PGRES_TUPLES_OK ? 1 : 0;
        ends += result == NULL || PQresultStatus(result) == PGRES_PIPELINE_SYNC ? 1 : 0;
        PQclear(result);
    }
    CHECK(results == 2);
    CHECK(PQexitPipelineMode(connection) == 1);
    CHECK(returns(connection, "SELECT 3", "3"));
    PQfinish(connection);
}

/* libpq cannot connect again by itself, because it has no token. It must say so, and do no harm. */
static void test_reset(void) {
    PGconn *connection = connect_to_cluster();
    PQreset(connection);
    CHECK(PQstatus(connection) == CONNECTION_BAD);
    CHECK(strstr(PQerrorMessage(connection), "X-Amz-") == NULL);
    PQfinish(connection);
}

static void test_settings_reach_the_session(void) {
    dsql_config *config = cluster_config();
    PGconn *connection = NULL;
    CHECK(dsql_config_set(config, "application_name", "the C test", NULL) == DSQL_OK);
    CHECK(dsql_config_set(config, "search_path", "pg_catalog", NULL) == DSQL_OK);
    connection = connect_with(config);
    CHECK(returns(connection, "SHOW application_name", "the C test"));
    CHECK(returns(connection, "SHOW search_path", "pg_catalog"));
    PQfinish(connection);
    dsql_config_free(config);
}

static void test_given_credentials(void) {
    dsql_config *config = cluster_config();
    PGconn *connection = NULL;
    CHECK(dsql_config_set_credentials(config, getenv("AWS_ACCESS_KEY_ID"),
                                      getenv("AWS_SECRET_ACCESS_KEY"), getenv("AWS_SESSION_TOKEN"),
                                      0, NULL) == DSQL_OK);
    connection = connect_with(config);
    CHECK(returns(connection, "SELECT 1", "1"));
    PQfinish(connection);
    dsql_config_free(config);
}

static void test_convenience(void) {
    PGconn *connection = NULL;
    CHECK(dsql_connect(getenv("CLUSTER_ENDPOINT"), TIMEOUT_MS, &connection, NULL) == DSQL_OK);
    CHECK(returns(connection, "SELECT 1", "1"));
    PQfinish(connection);
}

static void fault(const char *arguments) {
    char command[1024];
    snprintf(command, sizeof command, "'%s' fault %s", DSQL_LOCAL_PROGRAM, arguments);
    CHECK(system(command) == 0);
}

/* Connects with one setting more, and expects that it fails so. */
static void expect_refusal(const char *name, const char *value, dsql_status status,
                           const char *sqlstate, int is_retryable) {
    dsql_config *config = cluster_config();
    dsql_connector *connector = NULL;
    dsql_error *error = NULL;
    PGconn *connection = NULL;
    CHECK(name == NULL || dsql_config_set(config, name, value, NULL) == DSQL_OK);
    CHECK(dsql_connector_create(config, &connector, NULL) == DSQL_OK);
    CHECK(dsql_connector_connect(connector, TIMEOUT_MS, &connection, &error) == status);
    CHECK(connection == NULL);
    if (!CHECK(strcmp(dsql_error_sqlstate(error), sqlstate) == 0) ||
        !CHECK(dsql_error_is_retryable(error) == is_retryable) ||
        !CHECK(dsql_error_status(error) == status)) {
        fprintf(stderr, "%s %s: %s %s %s\n", name, value,
                dsql_status_name(dsql_error_status(error)), dsql_error_sqlstate(error),
                dsql_error_message(error));
    }
    CHECK(strstr(dsql_error_message(error), "X-Amz-Signature") == NULL);
    dsql_error_free(error);
    dsql_connector_free(connector);
    dsql_config_free(config);
}

static void test_refusals(void) {
    expect_refusal("sslrootcert", "system", DSQL_UNTRUSTED_SERVER, "", 0);
    expect_refusal("user", "nobody", DSQL_ACCESS_DENIED, "08006", 0);
    expect_refusal("dbname", "other", DSQL_REJECTED, "3D000", 0);
    expect_refusal("hostaddr", "127.0.0.254", DSQL_UNREACHABLE, "", 1);
    fault("set rate-exceeded --times 1");
    expect_refusal(NULL, NULL, DSQL_OVERLOADED, "53400", 1);
    fault("set too-many-connections --times 1");
    expect_refusal(NULL, NULL, DSQL_OVERLOADED, "53300", 1);
    fault("set waking-up --times 1");
    expect_refusal(NULL, NULL, DSQL_OVERLOADED, "08006", 1);
    fault("clear");
}

static void test_wrong_keys(void) {
    dsql_config *config = cluster_config();
    dsql_connector *connector = NULL;
    dsql_error *error = NULL;
    PGconn *connection = NULL;
    CHECK(dsql_config_set_credentials(config, "AKIDEXAMPLE", "secret+EXAMPLE/key", NULL, 0, NULL) ==
          DSQL_OK);
    CHECK(dsql_connector_create(config, &connector, NULL) == DSQL_OK);
    CHECK(dsql_connector_connect(connector, TIMEOUT_MS, &connection, &error) == DSQL_ACCESS_DENIED);
    CHECK(dsql_error_hint(error)[0] != '\0');
    CHECK(strstr(dsql_error_message(error), "secret+EXAMPLE/key") == NULL);
    dsql_error_free(error);
    dsql_connector_free(connector);
    dsql_config_free(config);
}

static void test_conflict(void) {
    PGconn *first = connect_to_cluster();
    PGconn *second = NULL;
    PGresult *result = NULL;
    CHECK(run(first, "CREATE TABLE c_conflicts (id int PRIMARY KEY, n int)"));
    CHECK(run(first, "INSERT INTO c_conflicts VALUES (1, 0)"));
    second = connect_to_cluster(); /* it sees the new schema */
    CHECK(run(first, "BEGIN") && run(second, "BEGIN"));
    CHECK(run(first, "UPDATE c_conflicts SET n = 1 WHERE id = 1"));
    CHECK(run(second, "UPDATE c_conflicts SET n = 2 WHERE id = 1"));
    CHECK(run(first, "COMMIT"));
    result = PQexec(second, "COMMIT");
    CHECK(dsql_conflict_of(PQresultErrorField(result, PG_DIAG_SQLSTATE),
                           PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)) ==
          DSQL_CONFLICT_DATA);
    PQclear(result);
    CHECK(run(first, "DROP TABLE c_conflicts"));
    PQfinish(first);
    PQfinish(second);
}

static void *connect_on_thread(void *shared) {
    PGconn *connection = NULL;
    const dsql_status status =
        dsql_connector_connect((dsql_connector *)shared, TIMEOUT_MS, &connection, NULL);
    const int succeeded = status == DSQL_OK && returns(connection, "SELECT 1", "1");
    PQfinish(connection);
    return succeeded ? shared : NULL;
}

static void test_threads_share_a_connector(void) {
    dsql_config *config = cluster_config();
    dsql_connector *connector = NULL;
    pthread_t threads[THREADS];
    size_t i = 0;
    CHECK(dsql_connector_create(config, &connector, NULL) == DSQL_OK);
    dsql_config_free(config);
    for (i = 0; i < THREADS; ++i) {
        CHECK(pthread_create(&threads[i], NULL, connect_on_thread, connector) == 0);
    }
    for (i = 0; i < THREADS; ++i) {
        void *outcome = NULL;
        CHECK(pthread_join(threads[i], &outcome) == 0);
        CHECK(outcome == connector);
    }
    dsql_connector_free(connector);
}

int main(void) {
    test_connection_belongs_to_libpq();
    test_large_results();
    test_pipeline();
    test_reset();
    test_settings_reach_the_session();
    test_given_credentials();
    test_convenience();
    test_refusals();
    test_wrong_keys();
    test_conflict();
    test_threads_share_a_connector();
    if (failures == 0) {
        printf("all checks hold\n");
    }
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
