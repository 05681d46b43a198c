// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/bulk_functions.hpp>
#include <dsql/call_limits.hpp>
#include <dsql/config.hpp>
#include <dsql/export.hpp>
#include <dsql/query_functions.hpp>
#include <dsql/statement.hpp>
#include <dsql/transaction.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string_view>

// libpq's own type, named here so that users need not have libpq's headers on their path.
struct pg_conn;

namespace dsql {

class observer;

namespace detail {
template <class Target>
class retrying_functions;
}

namespace pg {
class session;
struct session_access;
}  // namespace pg

/// How a connection runs statements. A plain value; the fields of the same names in `config` say
/// the same for connections made from one.
struct session_options {
    /// The time limit of a call that has no limits of its own. For a stream or COPY, the limit of
    /// each wait for the server. 0 (default): no limit. Not negative.
    std::chrono::milliseconds command_timeout{};
    /// How many prepared statements a connection keeps for reuse; 0: none are prepared
    /// automatically. Default 256.
    std::size_t statement_cache_capacity = 256;
    /// Called with the server's notices. Empty (default): notices are ignored.
    notice_handler on_notice{};
    /// Notified of statements. May be null.
    std::shared_ptr<dsql::observer> observer{};
};

}  // namespace dsql

// libpq's type, declared here so that programs do not need libpq's headers.
struct pg_conn;

namespace dsql {

/// One session with the server. It is closed when this object has been destroyed and the
/// transactions, streams and COPYs on it have ended, so these may outlive the object. Movable;
/// belongs to one thread at a time. A moved-from connection is closed. Statements are run by
/// `query`, `execute` and the rest of `query_functions`, streams and COPY by `bulk_functions`.
///
/// Queries and statements that change rows are prepared on the server and kept for reuse, up to
/// `statement_cache_capacity` of them. They are prepared again when this connection or another one
/// of its pool has changed the schema, or when the server reports a change. Outside a transaction,
/// a statement that fails because it was prepared before the change is run again. Inside a
/// transaction, the error is thrown, because the transaction has failed.
class DSQL_EXPORT connection : public query_functions<connection>,
                               public bulk_functions<connection> {
public:
    /// Takes ownership of a connected libpq handle; null makes a closed connection. Throws
    /// `config_error` for an invalid option; the handle is then closed.
    [[nodiscard]] static connection adopt(pg_conn* owned, const session_options& options = {});
    connection(connection&&) noexcept;
    connection& operator=(connection&&) noexcept;
    ~connection();

    /// Releases the libpq handle to the caller, who then owns it; this connection is closed.
    /// Returns null if it was closed before. The handle is in blocking mode and ignores notices
    /// until the caller sets a receiver or processor. Statements stay prepared on the server. An
    /// open transaction, stream or COPY continues on the handle; its object here throws
    /// `connection_error`.
    [[nodiscard]] pg_conn* release() noexcept;

    /// Begins a transaction, which ends with the object and keeps the session alive until then.
    /// Throws `error` inside another transaction, `server_error` when the server rejects it,
    /// `connection_error` when the connection breaks, `timeout_error` and `cancelled_error` when a
    /// limit is reached.
    [[nodiscard]] transaction begin(const transaction_options& options = {},
                                    source_location where = source_location::current());
    /// Begins a transaction within limits. @see begin(const transaction_options&, source_location)
    [[nodiscard]] transaction begin(const call_limits& limits,
                                    const transaction_options& options = {},
                                    source_location where = source_location::current());

    /// Prepares a statement, which `query`, `execute` and similar functions accept in place of a
    /// text. Preparing the same text again returns the same statement.
    /// Throws `server_error` when the server rejects it, `connection_error` when the connection
    /// breaks, `timeout_error` and `cancelled_error` when a limit is reached.
    [[nodiscard]] statement prepare(sql_text sql);
    /// Prepares a statement within limits. @see prepare(sql_text)
    [[nodiscard]] statement prepare(const call_limits& limits, sql_text sql);
    /// Removes a prepared statement from the server. With a libpq older than 17 this takes SQL's
    /// DEALLOCATE, which DSQL rejects with a `server_error`. Throws `config_error` for a statement
    /// that is not prepared on this connection.
    void deallocate(const statement& prepared);

    /// Makes one round trip to the server.
    /// Throws `server_error` when the server rejects it, `connection_error` when the connection
    /// breaks, `timeout_error` and `cancelled_error` when a limit is reached.
    void ping(const call_limits& limits = {}, source_location where = source_location::current());

    /// Whether the session is up, as far as is known without asking the server.
    [[nodiscard]] bool is_open() const noexcept;

    /// Whether the session is up and idle outside a transaction, as far as is known without asking
    /// the server. Only then may it be handed to other code.
    [[nodiscard]] bool is_idle() const noexcept;

    /// Whether the server has closed an idle session: looks at the socket, sends nothing.
    [[nodiscard]] bool is_closed_by_server() const noexcept;

    /// Closes the session at once. Idempotent. From then on, statements throw `connection_error`,
    /// and so do open transactions, streams and COPYs.
    void close() noexcept;

    /// Sets the notice handler. An empty handler discards notices.
    void set_notice_handler(notice_handler handler);

    /// Writes all messages to and from the server to `stream`, values of parameters included, by
    /// libpq's PQtrace; null stops it. The stream is borrowed until then.
    void trace(std::FILE* stream) noexcept;

    /// The libpq handle, which this object still owns; null when closed. Use it with any library
    /// that is based on libpq. You may leave it in blocking or non-blocking mode, but read the
    /// results of each statement to the end.
    [[nodiscard]] pg_conn* native_handle() const& noexcept;
    /// Deleted for a temporary, which would close the handle at the end of the statement.
    pg_conn* native_handle() const&& = delete;

private:
    friend class query_functions<connection>;
    friend class detail::retrying_functions<connection>;
    friend class bulk_functions<connection>;
    friend struct pg::session_access;

    explicit connection(std::shared_ptr<pg::session> session) noexcept;

    result run_statement(const call_limits& limits, const sql_text& sql,
                         const detail::argument_view& values);
    batch_results run_batch(const call_limits& limits, const batch& statements);
    /// Throws `connection_error` after the connection was moved from.
    [[nodiscard]] pg::session& session();
    [[nodiscard]] detail::session_pin pin_for_call();
    [[nodiscard]] detail::session_pin pin_session(const call_limits&, const source_location&);

    // Never null, except in one that was moved from.
    std::shared_ptr<pg::session> session_;
};

/// Connects to a cluster with a new IAM token, over TLS with the server's certificate and name
/// verified, negotiated directly where libpq can (17 and later).
///
/// No `PG*` environment variable and no file of libpq's in the home directory redirects or weakens
/// the connection. `PGTZ` and `PGDATESTYLE` set the session's `TimeZone` and `DateStyle`, as in
/// every program that uses libpq. `PGSERVICE` and `PGGEQO`, which no parameter overrules, are a
/// `config_error` that names the variable.
///
/// Blocks for at most the config's `connect_timeout`, including the wait for credentials. If that
/// is not set, credentials may take up to two minutes more. A deadline of `limits` applies to the
/// whole call as well. A stop token ends the call within milliseconds, even while an endpoint does
/// not respond or a `credential_process` runs, which is then killed. Only a provider of the program
/// itself cannot be interrupted; see `credentials_provider`. Throws `config_error`,
/// `credentials_error`, `connection_error` (with phase, server message and HINT), `timeout_error`
/// or `cancelled_error`.
[[nodiscard]] DSQL_EXPORT connection connect(const config& settings,
                                             const call_limits& limits = {});

/// Connects to the cluster of a connection string, as `connect(parse_connection_string(text))`
/// does. @see parse_connection_string, connect(const config&, const call_limits&)
[[nodiscard]] DSQL_EXPORT connection connect(std::string_view connection_string,
                                             const call_limits& limits = {});

}  // namespace dsql
