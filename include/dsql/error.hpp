// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>
#include <dsql/source_location.hpp>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace dsql {

class conversion_error;
class sql_text;

namespace detail {
DSQL_EXPORT void name_statement(conversion_error& thrown, const sql_text& sql) noexcept;
}

/// Base class of all exceptions that this library throws, except `std::bad_alloc`.
///
/// No message of any class below holds a secret access key, a session token or an IAM token.
/// Copying an exception does not throw, and `const` access is safe from any thread. Every class
/// answers `connection_lost` and `statement_may_have_run`.
class DSQL_EXPORT error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;

    /// Whether there is no session any more: the connection broke, could not be made, was closed
    /// because a limit was reached, or was ended by the server (FATAL, for example 57P01 at a
    /// shutdown). The next statement needs another connection; a pool makes one by itself.
    [[nodiscard]] virtual bool connection_lost() const noexcept { return false; }
    /// Whether a statement was sent whose outcome is not known. It may have run, and outside a
    /// transaction its effect may last. False if it was not sent, or was rejected by the server.
    [[nodiscard]] virtual bool statement_may_have_run() const noexcept { return false; }
};

/// A configuration, connection string or option is invalid. Nothing was sent. The message names the
/// setting, says what is wrong with it and what would be right.
class DSQL_EXPORT config_error : public error {
public:
    using error::error;
};

/// No usable AWS credentials. The message names every source that was tried and why it declined.
/// Also thrown if no thread can be started to fetch them, or to make a token.
class DSQL_EXPORT credentials_error : public error {
public:
    using error::error;
};

/// How far a connection attempt had come when it failed.
enum class connection_phase {
    resolve,      ///< looking up the host name
    tcp,          ///< reaching the address and port
    tls,          ///< TLS handshake, certificate included
    auth,         ///< the server rejected the token
    startup,      ///< the server rejected the session for another reason
    established,  ///< the connection was up and broke later
};

/// The phase as one English word, for messages and logs.
[[nodiscard]] DSQL_EXPORT std::string_view to_string(connection_phase phase) noexcept;

/// Why a server rejected a connection.
enum class rejection_reason {
    none,            ///< the server did not reject it: it was not reached, or the connection broke
    access_denied,   ///< the token was rejected; the HINT may give the reason
    token_expired,   ///< the token is too old, or the clocks differ
    wrong_action,    ///< a token for `admin` was used by another role, or the reverse
    not_authorized,  ///< IAM: the identity may not use the action on this cluster
    server_name_missing,      ///< no SNI
    waking_up,                ///< the cluster was asleep; passes in a moment
    too_many_connections,     ///< more open connections than the cluster may have
    rate_exceeded,            ///< too many new connections at once; passes in a moment
    server_unavailable,       ///< XX000; passes in a moment
    parameter_not_supported,  ///< a parameter of the startup message
    other,
};

/// Why the library did not trust a server. It then sent no token.
enum class distrust_reason {
    none,                       ///< the connect failed for another reason
    certificate_expired,        ///< the server's certificate, or that of an authority above it
    certificate_not_yet_valid,  ///< see `certificate_expired`; or this machine's clock is behind
    certificate_wrong_host,     ///< it is for other names; the text shows which
    certificate_unknown_authority,  ///< no chain to an authority that is trusted, or self-signed
    certificate_invalid,  ///< any other fault: not for servers, not of an authority, too weak
    authentication,       ///< it asked for something else than the password that DSQL asks for
};

/// The reason in a few English words, for messages and logs.
[[nodiscard]] DSQL_EXPORT std::string_view to_string(distrust_reason reason) noexcept;

/// The category of error codes that `getaddrinfo` returns, such as `EAI_AGAIN` and `EAI_NONAME`.
/// Its messages are those of `gai_strerror`. Source: POSIX.1-2017, "getaddrinfo". Safe from any
/// thread.
[[nodiscard]] DSQL_EXPORT const std::error_category& address_lookup_category() noexcept;

/// What is known about why a connection could not be made. Each member is described at the function
/// of `connection_error` with the same name.
struct connection_cause {
    std::string server_message{};                      ///< @see connection_error::server_message
    std::string hint{};                                ///< @see connection_error::hint
    std::string sqlstate{};                            ///< @see connection_error::sqlstate
    std::error_code code{};                            ///< @see connection_error::code
    distrust_reason distrust = distrust_reason::none;  ///< @see connection_error::distrust
};

/// A connection could not be made, or broke.
class DSQL_EXPORT connection_error : public error {
public:
    /// `server_message` and `hint` are empty unless the server itself gave them.
    connection_error(connection_phase phase, const std::string& what,
                     std::string server_message = {}, std::string hint = {});
    /// For a connection that could not be made, with everything that is known about the cause.
    connection_error(connection_phase phase, const std::string& what, connection_cause cause);
    /// A connection that broke after it was established.
    connection_error(const std::string& what, bool statement_may_have_run);

    /// How far the attempt had come.
    [[nodiscard]] connection_phase phase() const noexcept { return phase_; }
    /// The server's primary message, for example "unable to accept connection, access denied".
    [[nodiscard]] const std::string& server_message() const noexcept {
        return cause_.server_message;
    }
    /// The server's HINT: for a rejected token this is where DSQL gives the cause.
    [[nodiscard]] const std::string& hint() const noexcept { return cause_.hint; }
    /// The SQLSTATE of the server's error, five characters such as "53400". Empty unless the server
    /// sent one.
    [[nodiscard]] const std::string& sqlstate() const noexcept { return cause_.sqlstate; }
    /// Why the connection could not be made, if the server sent no error: a value of `errno` in
    /// `std::system_category()`, or of `getaddrinfo` in `address_lookup_category()`. If the server
    /// closes the connection during the TLS handshake, this is `ECONNRESET`. Zero if neither
    /// applies, for example if the certificate is not trusted.
    ///
    /// Of a connection that was up: `ECONNRESET` if the server had closed it before a statement was
    /// sent, and `EPROTO` if the server had sent a result that belongs to no statement. Zero in all
    /// other cases.
    [[nodiscard]] const std::error_code& code() const noexcept { return cause_.code; }
    /// Whether the same attempt may succeed a little later without any change: the network or the
    /// server was unavailable, the cluster is waking up or gets too many new connections, or this
    /// process has run out of descriptors or memory. False for other errors of the server, a server
    /// that is not trusted, and a name that does not exist.
    [[nodiscard]] bool is_transient() const noexcept;
    /// Why the server rejected the connection, worked out from its message and HINT.
    [[nodiscard]] rejection_reason rejection() const noexcept;
    /// Why this library rejected the server, before it sent the token. The text says more: when the
    /// certificate expired, which names it has, who issued it.
    [[nodiscard]] distrust_reason distrust() const noexcept { return cause_.distrust; }
    /// Always true: there is no session. @see error::connection_lost
    [[nodiscard]] bool connection_lost() const noexcept override { return true; }
    /// True when the connection broke with a statement under way.
    /// @see error::statement_may_have_run
    [[nodiscard]] bool statement_may_have_run() const noexcept override {
        return statement_may_have_run_;
    }

private:
    connection_phase phase_;
    connection_cause cause_{};
    bool statement_may_have_run_ = false;
};

/// All fields of a PostgreSQL error or notice. A field that the server did not send is empty.
/// Source: PostgreSQL, "Error and Notice Message Fields".
struct server_error_fields {
    std::string sqlstate{};  ///< five characters, for example "23505"
    std::string severity{};  ///< ERROR, FATAL, PANIC, WARNING, NOTICE, ..., never translated
    /// The primary message, one line.
    std::string message{};
    /// More of it; may have several lines, and values.
    std::string detail{};
    /// What to do about it.
    std::string hint{};
    std::string position{};           ///< in the statement, in characters, from 1
    std::string internal_position{};  ///< in `internal_query`, in characters, from 1
    std::string internal_query{};     ///< made by the server itself, for example in a function
    std::string context{};            ///< where in functions it happened, one line per level
    /// Of the object concerned, as the four below.
    std::string schema_name{};
    std::string table_name{};       ///< see `schema_name`
    std::string column_name{};      ///< see `schema_name`
    std::string data_type_name{};   ///< see `schema_name`
    std::string constraint_name{};  ///< see `schema_name`
    std::string source_file{};      ///< in PostgreSQL's own source
    std::string source_line{};      ///< in `source_file`
    std::string source_function{};  ///< in `source_file`
};

/// The server rejected a statement with an error. The connection stays usable unless
/// `connection_lost`. The text shows the statement, truncated where it is long, and the place of
/// the call in the program. It shows values of parameters only where the server's own message or
/// detail does.
class DSQL_EXPORT server_error : public error {
public:
    /// From the server's fields, the statement's text, and the place of the call.
    explicit server_error(server_error_fields fields, std::string query = {},
                          source_location where = {});

    /// Five characters, for example "23505".
    [[nodiscard]] const std::string& sqlstate() const noexcept { return fields_.sqlstate; }
    /// All fields that the server sent.
    [[nodiscard]] const server_error_fields& fields() const noexcept { return fields_; }
    /// The statement's text.
    [[nodiscard]] const std::string& query() const noexcept { return query_; }
    /// Where the statement was run from.
    [[nodiscard]] const source_location& where() const noexcept { return where_; }
    /// True when the server ended the session with this error (FATAL or PANIC).
    /// @see error::connection_lost
    [[nodiscard]] bool connection_lost() const noexcept override;
    /// True when the server ended the session with this error, or reported itself unavailable
    /// (XX000). @see error::statement_may_have_run
    [[nodiscard]] bool statement_may_have_run() const noexcept override;

protected:
    /// Takes the fields of another error and a new text.
    server_error(const std::string& what, const server_error& cause);

private:
    server_error_fields fields_;
    std::string query_;
    source_location where_;
};

/// The outcome of one statement of a batch.
enum class statement_outcome {
    completed,  ///< it ran; its effects are gone all the same if the batch failed
    failed,     ///< the server rejected it
    aborted,    ///< not run, because one before it failed
};

/// A statement of a batch failed. The fields are those of that statement's error. The server rolled
/// back the statements before it and did not run those after it; a transaction around the batch has
/// failed. When the server reported itself unavailable (XX000), none of this is known.
class DSQL_EXPORT batch_error : public server_error {
public:
    /// From the error of the statement of that index.
    batch_error(const server_error& cause, std::size_t index,
                std::vector<statement_outcome> outcomes);

    /// Which statement failed, counted from 0; the number of statements when all of them ran and
    /// their commit failed, for example by a conflict with another transaction.
    [[nodiscard]] std::size_t index() const noexcept { return index_; }
    /// The outcome of each statement, in their order.
    [[nodiscard]] const std::vector<statement_outcome>& outcomes() const noexcept {
        return outcomes_;
    }

private:
    std::size_t index_;
    std::vector<statement_outcome> outcomes_;
};

/// A deadline passed: while connecting, while waiting for a pool's connection, or in a statement.
/// A connection with a statement under way has then been closed, because DSQL has no server-side
/// cancel.
class DSQL_EXPORT timeout_error : public error {
public:
    /// Makes an error with this text.
    explicit timeout_error(const std::string& what, bool statement_may_have_run = false)
        : error(what), statement_may_have_run_(statement_may_have_run) {}

    /// True when a statement was under way: its connection was closed.
    /// @see error::connection_lost
    [[nodiscard]] bool connection_lost() const noexcept override { return statement_may_have_run_; }
    /// True when a statement was under way. @see error::statement_may_have_run
    [[nodiscard]] bool statement_may_have_run() const noexcept override {
        return statement_may_have_run_;
    }

private:
    bool statement_may_have_run_;
};

/// The caller's `std::stop_token` asked to stop.
class DSQL_EXPORT cancelled_error : public error {
public:
    /// Makes an error with this text.
    explicit cancelled_error(const std::string& what, bool statement_may_have_run = false)
        : error(what), statement_may_have_run_(statement_may_have_run) {}

    /// True when a statement was under way: its connection was closed.
    /// @see error::connection_lost
    [[nodiscard]] bool connection_lost() const noexcept override { return statement_may_have_run_; }
    /// True when a statement was under way. @see error::statement_may_have_run
    [[nodiscard]] bool statement_may_have_run() const noexcept override {
        return statement_may_have_run_;
    }

private:
    bool statement_may_have_run_;
};

/// COMMIT was answered with ROLLBACK: a statement of the transaction had failed before, and nothing
/// of it remains. The connection stays usable.
class DSQL_EXPORT transaction_rolled_back_error : public error {
public:
    using error::error;
};

/// COMMIT was sent and its result never came: the connection broke, a deadline passed, a stop was
/// requested, or the server reported itself unavailable. The transaction may have been committed or
/// not; only reading the data tells. `transact_idempotent` does that.
class DSQL_EXPORT commit_unknown_error : public error {
public:
    /// Makes an error with this text.
    explicit commit_unknown_error(const std::string& what, bool connection_lost = true)
        : error(what), connection_lost_(connection_lost) {}

    /// False when the server reported itself unavailable: then the connection stays usable.
    /// @see error::connection_lost
    [[nodiscard]] bool connection_lost() const noexcept override { return connection_lost_; }
    /// Always true. @see error::statement_may_have_run
    [[nodiscard]] bool statement_may_have_run() const noexcept override { return true; }

private:
    bool connection_lost_;
};

/// The pool was closed before or while a connection was being acquired.
class DSQL_EXPORT pool_closed_error : public error {
public:
    using error::error;
};

/// As many callers wait for a connection of the pool as `max_waiters` allows.
class DSQL_EXPORT pool_exhausted_error : public error {
public:
    using error::error;
};

/// A query that had to return a row returned none.
class DSQL_EXPORT no_rows_error : public error {
public:
    using error::error;
};

/// A query that had to return one row at most returned more.
class DSQL_EXPORT too_many_rows_error : public error {
public:
    using error::error;
};

/// A value cannot be sent or read as the C++ type asked for. The message names the parameter or
/// column, the SQL type and the C++ type, and shows the statement, truncated where it is long, and
/// the place of the call. Outside of a call (`decimal::parse`, `parameters::add`) no statement is
/// known.
class DSQL_EXPORT conversion_error : public error {
public:
    using error::error;

    /// The message, followed by the statement and the place of the call where they are known. Valid
    /// as long as the error.
    [[nodiscard]] const char* what() const noexcept override;
    /// The statement's text; empty where it is not known.
    [[nodiscard]] const std::string& query() const noexcept;
    /// Where the statement was run from; line 0 where it is not known.
    [[nodiscard]] source_location where() const noexcept;

private:
    friend void detail::name_statement(conversion_error&, const sql_text&) noexcept;
    struct origin {
        std::string what{};
        std::string query{};
        source_location where{};
    };
    std::shared_ptr<const origin> origin_{};  // shared: copying an error does not throw
};

}  // namespace dsql
