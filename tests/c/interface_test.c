/* SPDX-License-Identifier: Apache-2.0 */
/* The C interface without a cluster: bad arguments, settings, tokens, errors. Compiled as C99 and
   as C11. */
#define _POSIX_C_SOURCE 200809L

#include <dsql.h>

#include "check.h"

#include <stdlib.h>
#include <string.h>

static const char *const cluster = "a1b2c3d4e5f6g7h8i9j0klmnop.dsql.us-east-1.on.aws";

static dsql_config *config_of(const char *connection_string) {
    dsql_config *config = NULL;
    CHECK(dsql_config_create(connection_string, &config, NULL) == DSQL_OK);
    CHECK(config != NULL);
    return config;
}

static dsql_config *config_with_keys(void) {
    dsql_config *config = config_of(cluster);
    CHECK(dsql_config_set_credentials(config, "AKIDEXAMPLE", "secret+EXAMPLE/key",
                                      "session-EXAMPLE", 0, NULL) == DSQL_OK);
    return config;
}

/* Frees an error that has this status and a text with these words. A pointer to the error, because
   the call that sets it is another argument. */
static void expect_error(dsql_status returned, dsql_error **described, dsql_status status,
                         const char *words) {
    dsql_error *const error = *described;
    CHECK(returned == status);
    CHECK(error != NULL);
    CHECK(dsql_error_status(error) == status);
    if (!CHECK(strstr(dsql_error_message(error), words) != NULL)) {
        fprintf(stderr, "expected \"%s\" in: %s\n", words, dsql_error_message(error));
    }
    dsql_error_free(error);
}

static void test_version(void) {
    char text[32];
    const int number = dsql_version_number();
    snprintf(text, sizeof text, "%d.%d.%d", number / 10000, number / 100 % 100, number % 100);
    CHECK(strcmp(dsql_version(), text) == 0);
    CHECK(number == DSQL_VERSION_NUMBER);
}

static void test_status_names(void) {
    CHECK(strcmp(dsql_status_name(DSQL_OK), "DSQL_OK") == 0);
    CHECK(strcmp(dsql_status_name(DSQL_REJECTED), "DSQL_REJECTED") == 0);
    CHECK(strcmp(dsql_status_name((dsql_status)12345), "unknown status") == 0);
    CHECK(sizeof(dsql_status) == 4);
    CHECK(sizeof(dsql_conflict) == 4);
}

/* What is NULL and must not be, of each function that fails. */
static void test_null_arguments(void) {
    dsql_config *config = config_of(cluster);
    dsql_config *made = NULL;
    dsql_endpoint *endpoint = NULL;
    dsql_token_generator *generator = NULL;
    dsql_connector *connector = NULL;
    struct pg_conn *connection = NULL;
    char *text = NULL;
    int64_t time = 0;
    dsql_error *error = NULL;
#define EXPECT_NULL(name, call) \
    expect_error(call, &error, DSQL_INVALID_ARGUMENT, "the argument " name " is NULL")
    EXPECT_NULL("config", dsql_config_create(cluster, NULL, &error));
    EXPECT_NULL("config", dsql_config_set(NULL, "host", cluster, &error));
    EXPECT_NULL("name", dsql_config_set(config, NULL, cluster, &error));
    EXPECT_NULL("value", dsql_config_set(config, "host", NULL, &error));
    EXPECT_NULL("config", dsql_config_set_credentials(NULL, "a", "b", NULL, 0, &error));
    EXPECT_NULL("access_key_id", dsql_config_set_credentials(config, NULL, "b", NULL, 0, &error));
    EXPECT_NULL("secret_access_key",
                dsql_config_set_credentials(config, "a", NULL, NULL, 0, &error));
    EXPECT_NULL("config", dsql_endpoint_create(NULL, DSQL_NO_TIMEOUT, &endpoint, &error));
    EXPECT_NULL("endpoint", dsql_endpoint_create(config, DSQL_NO_TIMEOUT, NULL, &error));
    EXPECT_NULL("endpoint", dsql_endpoint_root_certificate(NULL, 1, &text, &error));
    EXPECT_NULL("file", dsql_endpoint_root_certificate(NULL, 1, NULL, &error));
    EXPECT_NULL("config", dsql_token_create(NULL, DSQL_NO_TIMEOUT, &text, &error));
    EXPECT_NULL("token", dsql_token_create(config, DSQL_NO_TIMEOUT, NULL, &error));
    EXPECT_NULL("token", dsql_token_expiration(NULL, &time, &error));
    EXPECT_NULL("expiration", dsql_token_expiration("x", NULL, &error));
    EXPECT_NULL("config", dsql_token_generator_create(NULL, &generator, &error));
    EXPECT_NULL("generator", dsql_token_generator_create(config, NULL, &error));
    EXPECT_NULL("generator", dsql_token_generator_get(NULL, DSQL_NO_TIMEOUT, &text, &error));
    EXPECT_NULL("token", dsql_token_generator_get(NULL, DSQL_NO_TIMEOUT, NULL, &error));
    EXPECT_NULL("config", dsql_connector_create(NULL, &connector, &error));
    EXPECT_NULL("connector", dsql_connector_create(config, NULL, &error));
    EXPECT_NULL("connector", dsql_connector_connect(NULL, DSQL_NO_TIMEOUT, &connection, &error));
    EXPECT_NULL("connection", dsql_connector_connect(NULL, DSQL_NO_TIMEOUT, NULL, &error));
    EXPECT_NULL("connection_string", dsql_connect(NULL, DSQL_NO_TIMEOUT, &connection, &error));
    EXPECT_NULL("connection", dsql_connect(cluster, DSQL_NO_TIMEOUT, NULL, &error));
#undef EXPECT_NULL
    /* Without a place for the error, only the status tells. */
    CHECK(dsql_config_create(cluster, NULL, NULL) == DSQL_INVALID_ARGUMENT);
    CHECK(dsql_token_create(NULL, DSQL_NO_TIMEOUT, &text, NULL) == DSQL_INVALID_ARGUMENT);
    CHECK(made == NULL && endpoint == NULL && generator == NULL && connector == NULL);
    CHECK(connection == NULL && text == NULL);
    dsql_config_free(config);
}

static void test_null_handles(void) {
    dsql_error_free(NULL);
    dsql_string_free(NULL);
    dsql_config_free(NULL);
    dsql_endpoint_free(NULL);
    dsql_token_generator_free(NULL);
    dsql_token_generator_invalidate(NULL);
    dsql_connector_free(NULL);
    CHECK(dsql_error_status(NULL) == DSQL_OK);
    CHECK(strcmp(dsql_error_message(NULL), "") == 0);
    CHECK(strcmp(dsql_error_hint(NULL), "") == 0);
    CHECK(strcmp(dsql_error_sqlstate(NULL), "") == 0);
    CHECK(dsql_error_is_retryable(NULL) == 0);
    CHECK(strcmp(dsql_endpoint_host(NULL), "") == 0);
    CHECK(strcmp(dsql_endpoint_host_address(NULL), "") == 0);
    CHECK(strcmp(dsql_endpoint_region(NULL), "") == 0);
    CHECK(strcmp(dsql_endpoint_cluster_id(NULL), "") == 0);
    CHECK(dsql_endpoint_port(NULL) == 0);
    CHECK(dsql_conflict_of(NULL, NULL) == DSQL_CONFLICT_NONE);
    CHECK(dsql_is_retryable(NULL, NULL) == 0);
}

/* A failure sets all results to nothing, whatever they were before. */
static void test_results_of_failures(void) {
    dsql_config *config = (dsql_config *)(void *)"not a config";
    char *text = (char *)(void *)"not to be freed";
    int64_t time = 5;
    dsql_error *error = (dsql_error *)(void *)"not an error";
    CHECK(dsql_config_create("password=x", &config, &error) == DSQL_INVALID_CONFIG);
    CHECK(config == NULL);
    dsql_error_free(error);
    CHECK(dsql_token_create(NULL, 0, &text, NULL) == DSQL_INVALID_ARGUMENT);
    CHECK(text == NULL);
    CHECK(dsql_token_expiration("x", &time, NULL) == DSQL_INVALID_ARGUMENT);
    CHECK(time == 0);
    error = (dsql_error *)(void *)"not an error";
    CHECK(dsql_config_create(cluster, &config, &error) == DSQL_OK);
    CHECK(error == NULL);
    dsql_config_free(config);
}

static void test_bad_settings(void) {
    static const struct {
        const char *name;
        const char *value;
        const char *words;
    } cases[] = {
        {"hots", "x", "unknown parameter \"hots\""},
        {"", "x", "unknown parameter \"\""},
        {"password", "x", "password"},
        {"sslmode", "require", "sslmode is always verify-full"},
        {"port", "70000", "65535"},
        {"port", "many", "not a number"},
        {"host", "", "host is empty"},
        {"user", "", "user is empty"},
        {"tokenDurationSecs", "0", "tokenDurationSecs"},
        {"connect_timeout", "soon", "whole number"},
    };
    dsql_config *config = config_of(cluster);
    dsql_endpoint *endpoint = NULL;
    size_t i = 0;
    for (i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        dsql_error *error = NULL;
        expect_error(dsql_config_set(config, cases[i].name, cases[i].value, &error), &error,
                     DSQL_INVALID_CONFIG, cases[i].words);
    }
    /* It stays as it was. */
    CHECK(dsql_endpoint_create(config, DSQL_NO_TIMEOUT, &endpoint, NULL) == DSQL_OK);
    CHECK(strcmp(dsql_endpoint_host(endpoint), cluster) == 0);
    CHECK(dsql_endpoint_port(endpoint) == 5432);
    dsql_endpoint_free(endpoint);
    dsql_config_free(config);
}

static void test_settings(void) {
    static const char *const settings[][2] = {
        {"host", "zzzzzzzzzzzzzzzzzzzzzzzzzz"},
        {"region", "eu-west-1"},
        {"port", "5433"},
        {"hostaddr", "127.0.0.2"},
        {"user", "app"},
        {"dbname", "postgres"},
        {"profile", "dev"},
        {"tokenDurationSecs", "60"},
        {"connect_timeout", "3"},
        {"sslrootcert", "system"},
        {"application_name", "test"},
        {"ormPrefix", "odbc"},
        {"search_path", "app"},
        {"sslmode", "verify-full"},
        {"options", "-c amzn-cluster-id=zzzzzzzzzzzzzzzzzzzzzzzzzz"},
    };
    dsql_config *config = config_of(NULL);
    dsql_endpoint *endpoint = NULL;
    dsql_error *error = NULL;
    char *token = NULL;
    size_t i = 0;
    expect_error(dsql_endpoint_create(config, DSQL_NO_TIMEOUT, &endpoint, &error), &error,
                 DSQL_INVALID_CONFIG, "host");
    for (i = 0; i < sizeof settings / sizeof settings[0]; ++i) {
        CHECK(dsql_config_set(config, settings[i][0], settings[i][1], NULL) == DSQL_OK);
    }
    CHECK(dsql_config_set(config, "port", "5434", NULL) == DSQL_OK); /* replaces it */
    CHECK(dsql_endpoint_create(config, DSQL_NO_TIMEOUT, &endpoint, NULL) == DSQL_OK);
    CHECK(strcmp(dsql_endpoint_host(endpoint),
                 "zzzzzzzzzzzzzzzzzzzzzzzzzz.dsql.eu-west-1.on.aws") == 0);
    CHECK(strcmp(dsql_endpoint_host_address(endpoint), "127.0.0.2") == 0);
    CHECK(strcmp(dsql_endpoint_region(endpoint), "eu-west-1") == 0);
    CHECK(strcmp(dsql_endpoint_cluster_id(endpoint), "zzzzzzzzzzzzzzzzzzzzzzzzzz") == 0);
    CHECK(dsql_endpoint_port(endpoint) == 5434);
    /* An ordinary user, and a token of one minute. */
    CHECK(dsql_config_set_credentials(config, "AKIDEXAMPLE", "secret", NULL, 0, NULL) == DSQL_OK);
    CHECK(dsql_token_create(config, DSQL_NO_TIMEOUT, &token, NULL) == DSQL_OK);
    CHECK(token != NULL && strstr(token, "Action=DbConnect&") != NULL);
    CHECK(token != NULL && strstr(token, "X-Amz-Expires=60&") != NULL);
    dsql_string_free(token);
    dsql_endpoint_free(endpoint);
    dsql_config_free(config);
}

static void test_root_certificate(void) {
    dsql_config *config = config_of(cluster);
    dsql_endpoint *endpoint = NULL;
    dsql_error *error = NULL;
    char *file = NULL;
    CHECK(dsql_config_set(config, "sslrootcert", "/does/not/exist.pem", NULL) == DSQL_OK);
    CHECK(dsql_endpoint_create(config, DSQL_NO_TIMEOUT, &endpoint, NULL) == DSQL_OK);
    expect_error(dsql_endpoint_root_certificate(endpoint, 1, &file, &error), &error,
                 DSQL_INVALID_CONFIG, "/does/not/exist.pem");
    CHECK(file == NULL);
    dsql_endpoint_free(endpoint);
    dsql_config_free(config);
}

static void test_tokens(void) {
    dsql_config *config = config_with_keys();
    dsql_token_generator *generator = NULL;
    char *first = NULL;
    char *second = NULL;
    int64_t time = 0;
    CHECK(dsql_token_create(config, 1000, &first, NULL) == DSQL_OK);
    if (CHECK(first != NULL)) {
        CHECK(strncmp(first, cluster, strlen(cluster)) == 0);
        CHECK(strstr(first, "Action=DbConnectAdmin&") != NULL);
        CHECK(strstr(first, "X-Amz-Security-Token=session-EXAMPLE&") != NULL);
        CHECK(dsql_token_expiration(first, &time, NULL) == DSQL_OK);
        CHECK(time > 1767225600); /* 2026-01-01 */
    }
    dsql_string_free(first);
    CHECK(dsql_token_generator_create(config, &generator, NULL) == DSQL_OK);
    dsql_config_free(config); /* the generator has a copy */
    CHECK(dsql_token_generator_get(generator, DSQL_NO_TIMEOUT, &first, NULL) == DSQL_OK);
    CHECK(dsql_token_generator_get(generator, 0, &second, NULL) == DSQL_OK); /* cached */
    CHECK(first != second);
    CHECK(first != NULL && second != NULL && strcmp(first, second) == 0);
    dsql_token_generator_invalidate(generator);
    dsql_string_free(second);
    CHECK(dsql_token_generator_get(generator, DSQL_NO_TIMEOUT, &second, NULL) == DSQL_OK);
    dsql_string_free(first);
    dsql_string_free(second);
    dsql_token_generator_free(generator);
}

static void test_token_expiration(void) {
    static const struct {
        const char *token;
        int64_t expiration; /* 0: no token */
    } cases[] = {
        {"h/?Action=DbConnect&X-Amz-Date=20260102T030405Z&X-Amz-Expires=900&X-Amz-Signature=0",
         1767323945},
        {"h/?X-Amz-Expires=1&X-Amz-Date=20260102T030405Z", 1767323046},
        {"", 0},
        {"h/?", 0},
        {"X-Amz-Date=20260102T030405Z&X-Amz-Expires=900", 0},
        {"h/?X-Amz-Date=20260102T030405Z", 0},
        {"h/?X-Amz-Date=20260102T030405Z&X-Amz-Expires=", 0},
        {"h/?X-Amz-Date=20260102T030405Z&X-Amz-Expires=9 ", 0},
        {"h/?X-Amz-Date=20261302T030405Z&X-Amz-Expires=900", 0},
        {"h/?X-Amz-Date=2026-01-02T03:04&X-Amz-Expires=900", 0},
        {"h/?X-Amz-Dates=20260102T030405Z&X-Amz-Expires=900", 0},
    };
    size_t i = 0;
    for (i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        int64_t expiration = -1;
        const dsql_status status = dsql_token_expiration(cases[i].token, &expiration, NULL);
        if (!CHECK(expiration == cases[i].expiration) ||
            !CHECK(status == (cases[i].expiration == 0 ? DSQL_INVALID_ARGUMENT : DSQL_OK))) {
            fprintf(stderr, "the token was: %s\n", cases[i].token);
        }
    }
}

static void test_credentials(void) {
    dsql_config *config = config_of(cluster);
    dsql_error *error = NULL;
    char *token = NULL;
    expect_error(dsql_config_set_credentials(config, "", "secret", NULL, 0, &error), &error,
                 DSQL_NO_CREDENTIALS, "");
    /* They have expired, in 1970. */
    CHECK(dsql_config_set_credentials(config, "AKIDEXAMPLE", "secret+EXAMPLE/key", NULL, 1,
                                      NULL) == DSQL_OK);
    expect_error(dsql_token_create(config, DSQL_NO_TIMEOUT, &token, &error), &error,
                 DSQL_NO_CREDENTIALS, "expired");
    CHECK(token == NULL);
    /* They expire at the end of time, which the clock does not reach. */
    CHECK(dsql_config_set_credentials(config, "AKIDEXAMPLE", "secret+EXAMPLE/key", NULL, INT64_MAX,
                                      NULL) == DSQL_OK);
    CHECK(dsql_token_create(config, DSQL_NO_TIMEOUT, &token, NULL) == DSQL_OK);
    dsql_string_free(token);
    dsql_config_free(config);
}

static void test_errors_of_a_connect(void) {
    dsql_config *config = config_with_keys();
    dsql_connector *connector = NULL;
    dsql_error *error = NULL;
    struct pg_conn *connection = NULL;
    /* Nothing listens on port 1 of the loopback interface. */
    CHECK(dsql_config_set(config, "hostaddr", "127.0.0.1", NULL) == DSQL_OK);
    CHECK(dsql_config_set(config, "port", "1", NULL) == DSQL_OK);
    CHECK(dsql_connector_create(config, &connector, NULL) == DSQL_OK);
    CHECK(dsql_connector_connect(connector, 10000, &connection, &error) == DSQL_UNREACHABLE);
    CHECK(dsql_error_is_retryable(error) == 1);
    CHECK(strcmp(dsql_error_sqlstate(error), "") == 0);
    dsql_error_free(error);
    CHECK(dsql_connector_connect(connector, 0, &connection, &error) == DSQL_TIMED_OUT);
    CHECK(dsql_error_is_retryable(error) == 1);
    dsql_error_free(error);
    CHECK(connection == NULL);
    expect_error(dsql_connect("host=x", 10000, &connection, &error), &error, DSQL_INVALID_CONFIG,
                 "");
    dsql_connector_free(connector);
    dsql_config_free(config);
}

static void test_conflicts(void) {
    static const struct {
        const char *sqlstate;
        const char *message;
        dsql_conflict conflict;
        int is_retryable;
    } cases[] = {
        {"40001", "change conflicts with another transaction, please retry: (OC000)",
         DSQL_CONFLICT_DATA, 1},
        {"40001", "schema has been updated by another transaction, please retry: (OC001)",
         DSQL_CONFLICT_SCHEMA, 1},
        {"OC000", "", DSQL_CONFLICT_DATA, 1},
        {"OC001", NULL, DSQL_CONFLICT_SCHEMA, 1},
        {"40001", NULL, DSQL_CONFLICT_DATA, 1},
        {"40P01", "OC000", DSQL_CONFLICT_NONE, 0},
        {"23505", "duplicate key value", DSQL_CONFLICT_NONE, 0},
        {"XX000", "server unavailable", DSQL_CONFLICT_NONE, 1},
        {"XX000", "internal error", DSQL_CONFLICT_NONE, 0},
        {"", "OC000", DSQL_CONFLICT_NONE, 0},
        {NULL, "OC000", DSQL_CONFLICT_NONE, 0},
    };
    size_t i = 0;
    for (i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        CHECK(dsql_conflict_of(cases[i].sqlstate, cases[i].message) == cases[i].conflict);
        CHECK(dsql_is_retryable(cases[i].sqlstate, cases[i].message) == cases[i].is_retryable);
    }
}

/* What the machine has set concerns no test. */
static void forget_settings_of_machine(void) {
    static const char *const names[] = {
        "AWS_REGION",        "AWS_DEFAULT_REGION", "AWS_PROFILE",       "AWS_DEFAULT_PROFILE",
        "DSQL_HOST_ADDRESS", "DSQL_PORT",          "DSQL_SSL_ROOT_CERT"};
    size_t i = 0;
    for (i = 0; i < sizeof names / sizeof names[0]; ++i) {
        unsetenv(names[i]);
    }
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
}

int main(void) {
    forget_settings_of_machine();
    test_version();
    test_status_names();
    test_null_arguments();
    test_null_handles();
    test_results_of_failures();
    test_bad_settings();
    test_settings();
    test_root_certificate();
    test_tokens();
    test_token_expiration();
    test_credentials();
    test_errors_of_a_connect();
    test_conflicts();
    if (failures == 0) {
        printf("all checks hold\n");
    }
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
