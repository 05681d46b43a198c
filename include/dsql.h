/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSQL_H
#define DSQL_H

/// @file
/// The C interface: IAM tokens and connections to Amazon Aurora DSQL, for C and for every language
/// that calls C functions. The library is libdsql_c, the guide docs/c.md.
///
/// Each function that can fail returns a `dsql_status`, and takes a `dsql_error **` as its last
/// argument, which may be NULL. The function sets `*error` to NULL if it succeeds, and otherwise to
/// an error that the caller frees with `dsql_error_free`. A function that fails sets its other
/// results to NULL or 0.
///
/// A pointer that is not allowed to be NULL, but is, leads to `DSQL_INVALID_ARGUMENT`. All texts
/// are UTF-8 and end with a null character. No C++ exception leaves a function, and none uses
/// longjmp. Do not cancel a thread (pthread_cancel) inside one.
///
/// A time limit `timeout_ms` is in milliseconds, from the call on. `DSQL_NO_TIMEOUT` (-1), or
/// another negative number, is none.

#include <stdint.h>

/// @cond
#if defined(__GNUC__)
#define DSQL_C_API __attribute__((visibility("default")))
#else
#define DSQL_C_API
#endif

#ifdef __cplusplus
#define DSQL_C_NOEXCEPT noexcept
// In C++ as in C, an enum can then hold a value that only a later version names.
#define DSQL_C_OF_INT : int
extern "C" {
#else
#define DSQL_C_NOEXCEPT
#define DSQL_C_OF_INT
#endif
/// @endcond

// libpq's connection, PGconn, and its result, PGresult. Declared here so that programs that only
// make tokens do not need libpq's headers.
struct pg_conn;

/// Version of this header, as 10000 * major + 100 * minor + patch. @see dsql_version_number
#define DSQL_VERSION_NUMBER 100

/// A time limit that means none.
#define DSQL_NO_TIMEOUT (-1)

/// The outcome of a function. The values never change; later versions may add some, so treat an
/// unknown value like `DSQL_FAILURE`.
typedef enum dsql_status DSQL_C_OF_INT {
    /// Success.
    DSQL_OK = 0,
    /// A failure that is none of the others, for example because no thread could be started.
    DSQL_FAILURE = 1,
    /// Memory ran out.
    DSQL_OUT_OF_MEMORY = 2,
    /// An argument is not allowed, for example a pointer that is NULL. A mistake of the program.
    DSQL_INVALID_ARGUMENT = 3,
    /// A setting, the connection string or a variable of the environment is invalid.
    DSQL_INVALID_CONFIG = 4,
    /// There are no usable AWS credentials. The message names each source that was asked.
    DSQL_NO_CREDENTIALS = 5,
    /// A time limit was reached: `timeout_ms`, or the setting `connect_timeout`.
    DSQL_TIMED_OUT = 6,
    /// The server could not be reached: its name has no address, the connection was refused or
    /// broke before the login was over.
    DSQL_UNREACHABLE = 7,
    /// No trusted TLS: the server's certificate was not accepted, or the handshake failed. The
    /// server got no token.
    DSQL_UNTRUSTED_SERVER = 8,
    /// The server rejected the token. `dsql_error_hint` says why.
    DSQL_ACCESS_DENIED = 9,
    /// The cluster cannot accept the connection now: too many connections, too many new ones, or it
    /// is waking up or unavailable.
    DSQL_OVERLOADED = 10,
    /// The server rejected the session for another reason, for example a database that does not
    /// exist.
    DSQL_REJECTED = 11
} dsql_status;

/// Which conflict between transactions an error of the server reports. The values never change.
typedef enum dsql_conflict DSQL_C_OF_INT {
    /// The error is no conflict.
    DSQL_CONFLICT_NONE = 0,
    /// OC000: another transaction has changed or locked the same rows, and committed first.
    DSQL_CONFLICT_DATA = 1,
    /// OC001: the schema was changed. The next attempt sees the new one.
    DSQL_CONFLICT_SCHEMA = 2
} dsql_conflict;

/// What went wrong. Several threads may read one error at the same time.
typedef struct dsql_error dsql_error;
/// Settings: where to connect, as whom, with which credentials. Several threads may use one config
/// at the same time, unless one of them changes or frees it. Everything that is made from it copies
/// it, so it may be freed at once.
typedef struct dsql_config dsql_config;
/// A config's endpoint, after the region, the environment and the AWS profile were looked up. Never
/// changes, so several threads may use it at the same time.
typedef struct dsql_endpoint dsql_endpoint;
/// Makes tokens and keeps the last one and its credentials. Several threads may use it at the same
/// time.
typedef struct dsql_token_generator dsql_token_generator;
/// Opens connections and keeps the credentials and the token for them. Several threads may use it
/// at the same time.
typedef struct dsql_connector dsql_connector;

/// Returns the version of the library that is loaded, such as "0.1.0". The text is never freed.
/// Thread-safe.
DSQL_C_API const char *dsql_version(void) DSQL_C_NOEXCEPT;

/// Returns the version of the library that is loaded as a number to compare with
/// `DSQL_VERSION_NUMBER`. Thread-safe.
DSQL_C_API int dsql_version_number(void) DSQL_C_NOEXCEPT;

/// Returns the name of a status, such as "DSQL_TIMED_OUT", for logs; "unknown status" for a value
/// that this library does not know. The text is never freed. Thread-safe.
DSQL_C_API const char *dsql_status_name(dsql_status status) DSQL_C_NOEXCEPT;

/// Overwrites and frees a text that a function of this library has returned as a `char *`. NULL is
/// allowed. Thread-safe.
DSQL_C_API void dsql_string_free(char *text) DSQL_C_NOEXCEPT;

/// Returns the status that the failed function has returned; `DSQL_OK` for NULL. Thread-safe.
DSQL_C_API dsql_status dsql_error_status(const dsql_error *error) DSQL_C_NOEXCEPT;

/// Returns what went wrong, in one or more English sentences. It never holds a token or a key. The
/// text belongs to the error; it is empty for NULL. Thread-safe.
DSQL_C_API const char *dsql_error_message(const dsql_error *error) DSQL_C_NOEXCEPT;

/// Returns the server's HINT, in which DSQL says why it rejected a token; empty if there is none,
/// and for NULL. The text belongs to the error. Thread-safe.
DSQL_C_API const char *dsql_error_hint(const dsql_error *error) DSQL_C_NOEXCEPT;

/// Returns the SQLSTATE of the server's error, five characters such as "53400"; empty if the server
/// sent none, and for NULL. The text belongs to the error. Thread-safe.
DSQL_C_API const char *dsql_error_sqlstate(const dsql_error *error) DSQL_C_NOEXCEPT;

/// Returns 1 if the same call may succeed a little later without any change: the network or the
/// cluster was unavailable, had too many connections, or a time limit was reached. Else returns 0.
/// Wait before each new attempt, longer each time. Thread-safe.
DSQL_C_API int dsql_error_is_retryable(const dsql_error *error) DSQL_C_NOEXCEPT;

/// Frees an error. NULL is allowed. No other thread may use the error any more.
DSQL_C_API void dsql_error_free(dsql_error *error) DSQL_C_NOEXCEPT;

/// Returns which conflict an error of a statement or a COMMIT reports: OC000, OC001, or SQLSTATE
/// 40001 alone. Pass `PQresultErrorField(result, PG_DIAG_SQLSTATE)` and
/// `PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)`; NULL means that there is none. After a
/// conflict nothing of the transaction remains, and the whole transaction may be run again.
/// Thread-safe.
DSQL_C_API dsql_conflict dsql_conflict_of(const char *sqlstate,
                                          const char *message) DSQL_C_NOEXCEPT;

/// Returns 1 if a transaction that failed with this error may be run again as a whole: a conflict,
/// or a server that is unavailable for a moment. Else returns 0. An error of COMMIT that is no
/// conflict leaves it open whether the transaction was committed: look at `dsql_conflict_of` there.
/// The arguments are those of `dsql_conflict_of`. Thread-safe.
DSQL_C_API int dsql_is_retryable(const char *sqlstate, const char *message) DSQL_C_NOEXCEPT;

/// Makes a config from a connection string: a URI, libpq's keywords and values, or a cluster's
/// endpoint or identifier alone. NULL makes one without any setting. The caller frees it with
/// `dsql_config_free`. Fails with `DSQL_INVALID_CONFIG` or `DSQL_OUT_OF_MEMORY`. Thread-safe.
DSQL_C_API dsql_status dsql_config_create(const char *connection_string, dsql_config **config,
                                          dsql_error **error) DSQL_C_NOEXCEPT;

/// Sets one setting, and replaces what it was before. The names and values are those of the
/// parameters of connection strings: `host`, `port`, `user`, `dbname`, `region`, `profile`,
/// `tokenDurationSecs`, `hostaddr`, `connect_timeout`, `sslrootcert`, `application_name`,
/// `ormPrefix`, `search_path`, `options`. Fails with `DSQL_INVALID_CONFIG` for an unknown name or a
/// wrong value; the config then stays as it was. No other thread may use the config meanwhile.
DSQL_C_API dsql_status dsql_config_set(dsql_config *config, const char *name, const char *value,
                                       dsql_error **error) DSQL_C_NOEXCEPT;

/// Sets the AWS credentials to sign tokens with, in place of the default chain and of the setting
/// `profile`. `session_token` is NULL or empty for keys that do not expire. `expiration` is when
/// they expire, in seconds since 1970 (UTC); 0: not known, or never. The secret parts are copied,
/// and overwritten when they are no longer needed. No other thread may use the config meanwhile.
DSQL_C_API dsql_status dsql_config_set_credentials(dsql_config *config, const char *access_key_id,
                                                   const char *secret_access_key,
                                                   const char *session_token, int64_t expiration,
                                                   dsql_error **error) DSQL_C_NOEXCEPT;

/// Frees a config. NULL is allowed. No other thread may use the config any more.
DSQL_C_API void dsql_config_free(dsql_config *config) DSQL_C_NOEXCEPT;

/// Looks up the endpoint of a config, without the network: for programs that connect by themselves.
/// `timeout_ms` bounds the wait for AWS files that are pipes. The caller frees the endpoint with
/// `dsql_endpoint_free`. Fails with `DSQL_INVALID_CONFIG`, `DSQL_NO_CREDENTIALS` for shared AWS
/// files that cannot be read, `DSQL_TIMED_OUT` or `DSQL_OUT_OF_MEMORY`. Thread-safe, as long as no
/// thread changes the environment.
DSQL_C_API dsql_status dsql_endpoint_create(const dsql_config *config, int timeout_ms,
                                            dsql_endpoint **endpoint,
                                            dsql_error **error) DSQL_C_NOEXCEPT;

/// Returns the endpoint's full name, for SNI, certificate and token; empty for NULL. The text
/// belongs to the endpoint. Thread-safe.
DSQL_C_API const char *dsql_endpoint_host(const dsql_endpoint *endpoint) DSQL_C_NOEXCEPT;

/// Returns the address or name to connect to in place of the host; empty if it is the host itself,
/// and for NULL. The text belongs to the endpoint. Thread-safe.
DSQL_C_API const char *dsql_endpoint_host_address(const dsql_endpoint *endpoint) DSQL_C_NOEXCEPT;

/// Returns the port; 0 for NULL. Thread-safe.
DSQL_C_API int dsql_endpoint_port(const dsql_endpoint *endpoint) DSQL_C_NOEXCEPT;

/// Returns the AWS region; empty for NULL. The text belongs to the endpoint. Thread-safe.
DSQL_C_API const char *dsql_endpoint_region(const dsql_endpoint *endpoint) DSQL_C_NOEXCEPT;

/// Returns the value of the startup option `amzn-cluster-id`; empty if it is not to be sent, and
/// for NULL. The text belongs to the endpoint. Thread-safe.
DSQL_C_API const char *dsql_endpoint_cluster_id(const dsql_endpoint *endpoint) DSQL_C_NOEXCEPT;

/// Returns, in `*file`, the value for libpq's `sslrootcert`: a PEM file, or "system" if
/// `supports_system` is not 0 (libpq 16 and later). The caller frees it with `dsql_string_free`.
/// Fails with `DSQL_INVALID_CONFIG` if the file cannot be used or no trust store is found.
/// Thread-safe, as long as no thread changes the environment.
DSQL_C_API dsql_status dsql_endpoint_root_certificate(const dsql_endpoint *endpoint,
                                                      int supports_system, char **file,
                                                      dsql_error **error) DSQL_C_NOEXCEPT;

/// Frees an endpoint. NULL is allowed. No other thread may use the endpoint any more.
DSQL_C_API void dsql_endpoint_free(dsql_endpoint *endpoint) DSQL_C_NOEXCEPT;

/// Makes one token: the password to log in with as the config's `user`. For `admin` it allows the
/// action DbConnectAdmin, for every other role DbConnect. It is valid for `tokenDurationSecs`, 900
/// by default, or as long as its credentials if that is less. Fetches the credentials anew; a
/// program that needs more than one token uses a `dsql_token_generator`. `timeout_ms` bounds the
/// wait for credentials. The caller frees the token with `dsql_string_free`, which overwrites it.
/// Fails with `DSQL_INVALID_CONFIG`, `DSQL_NO_CREDENTIALS`, `DSQL_TIMED_OUT` or
/// `DSQL_OUT_OF_MEMORY`. Thread-safe, as long as no thread changes the environment.
DSQL_C_API dsql_status dsql_token_create(const dsql_config *config, int timeout_ms, char **token,
                                         dsql_error **error) DSQL_C_NOEXCEPT;

/// Returns, in `*expiration`, when a token expires, in seconds since 1970 (UTC). Fails with
/// `DSQL_INVALID_ARGUMENT` for a text that is no token. Thread-safe.
DSQL_C_API dsql_status dsql_token_expiration(const char *token, int64_t *expiration,
                                             dsql_error **error) DSQL_C_NOEXCEPT;

/// Makes a token generator, which fetches no credentials yet. The caller frees it with
/// `dsql_token_generator_free`. Fails with `DSQL_INVALID_CONFIG`, `DSQL_NO_CREDENTIALS` for shared
/// AWS files that cannot be read, or `DSQL_OUT_OF_MEMORY`. Thread-safe, as long as no thread
/// changes the environment.
DSQL_C_API dsql_status dsql_token_generator_create(const dsql_config *config,
                                                   dsql_token_generator **generator,
                                                   dsql_error **error) DSQL_C_NOEXCEPT;

/// Returns, in `*token`, a copy of the cached token, or of a new one when 80 % of its life have
/// passed or its credentials are about to be renewed. `timeout_ms` bounds the wait for credentials.
/// The caller frees the copy with `dsql_string_free`, which overwrites it. Fails with
/// `DSQL_NO_CREDENTIALS`, `DSQL_TIMED_OUT` or `DSQL_OUT_OF_MEMORY`. Thread-safe.
DSQL_C_API dsql_status dsql_token_generator_get(dsql_token_generator *generator, int timeout_ms,
                                                char **token, dsql_error **error) DSQL_C_NOEXCEPT;

/// Drops the cached token, so that the next `dsql_token_generator_get` makes a new one: for a token
/// that a server has rejected as expired. NULL is allowed. Thread-safe.
DSQL_C_API void dsql_token_generator_invalidate(dsql_token_generator *generator) DSQL_C_NOEXCEPT;

/// Frees a token generator, and ends a renewal of its credentials that is under way. NULL is
/// allowed. No other thread may use the generator any more.
DSQL_C_API void dsql_token_generator_free(dsql_token_generator *generator) DSQL_C_NOEXCEPT;

/// Makes a connector, which does not connect yet and fetches no credentials. The caller frees it
/// with `dsql_connector_free`. Fails with `DSQL_INVALID_CONFIG`, `DSQL_NO_CREDENTIALS` for shared
/// AWS files that cannot be read, `DSQL_TIMED_OUT` for AWS files that are pipes, or
/// `DSQL_OUT_OF_MEMORY`. Thread-safe, as long as no thread changes the environment.
DSQL_C_API dsql_status dsql_connector_create(const dsql_config *config, dsql_connector **connector,
                                             dsql_error **error) DSQL_C_NOEXCEPT;

/// Connects, and returns libpq's connection in `*connection`. It belongs to the caller, who ends it
/// with `PQfinish`, and may outlive the connector. It is in blocking mode, and ignores notices
/// until the caller sets a notice receiver or processor. See docs/c.md for what libpq's functions
/// do with it; all but `PQreset` and `PQresetStart` work.
///
/// Blocks until the login is over. The whole call takes at most `timeout_ms`, and at most
/// `connect_timeout` if that is set; otherwise credentials may take two minutes, and the network
/// ten seconds. If several threads connect at the same time, each gets its own connection. Fails
/// with every status but `DSQL_INVALID_CONFIG` for the connector's own settings, which
/// `dsql_connector_create` has checked. Thread-safe, as long as no thread changes the environment.
DSQL_C_API dsql_status dsql_connector_connect(dsql_connector *connector, int timeout_ms,
                                              struct pg_conn **connection,
                                              dsql_error **error) DSQL_C_NOEXCEPT;

/// Frees a connector. Its connections stay open. NULL is allowed. No other thread may use the
/// connector any more.
DSQL_C_API void dsql_connector_free(dsql_connector *connector) DSQL_C_NOEXCEPT;

/// Connects once: `dsql_config_create`, `dsql_connector_create` and `dsql_connector_connect`
/// together. The caller ends the connection with `PQfinish`. Fails with any status. Thread-safe, as
/// long as no thread changes the environment. @see dsql_connector_connect
DSQL_C_API dsql_status dsql_connect(const char *connection_string, int timeout_ms,
                                    struct pg_conn **connection,
                                    dsql_error **error) DSQL_C_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
