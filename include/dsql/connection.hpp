// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>
#include <dsql/parameters.hpp>
#include <dsql/result.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>

// libpq's own type, named here so that users need not have libpq's headers on their path.
struct pg_conn;

namespace dsql {

namespace pg {
class limited_statements;
}

/// One session with the server. Closes itself. Movable; belongs to one thread at a time.
///
/// Statements go by the extended query protocol: one statement each, values bound to `$1`, `$2`,
/// ... and never pasted into the text. Each throws `server_error` when the server refuses it,
/// `connection_error` when the connection breaks (the connection is then closed and the message
/// says that the statement may have run), and `conversion_error` for a value that cannot be sent or
/// read as asked.
class DSQL_EXPORT connection {
public:
    /// Takes over a connected libpq handle, or null for a closed connection.
    explicit connection(pg_conn* owned) noexcept;
    connection(connection&&) noexcept = default;
    connection& operator=(connection&&) noexcept = default;

    /// Runs a statement and returns all its rows.
    template <class... Ts>
    result query(std::string_view sql, const Ts&... values) {
        return run(sql, parameters(values...));
    }

    /// Runs a statement and returns the first column of its first row.
    /// Throws `no_rows_error` when there is no row.
    template <class T, class... Ts>
    [[nodiscard]] T query_value(std::string_view sql, const Ts&... values) {
        return query(sql, values...).template value<T>();
    }

    /// Runs a statement and returns the number of rows it changed or returned.
    template <class... Ts>
    std::int64_t execute(std::string_view sql, const Ts&... values) {
        return query(sql, values...).affected_rows();
    }

    /// Whether the session is up, as far as is known without asking the server.
    [[nodiscard]] bool is_open() const noexcept;

    /// Whether the session is up and idle outside a transaction, as far as is known without asking
    /// the server: the state in which it may be given to somebody else.
    [[nodiscard]] bool is_idle() const noexcept;

    /// Whether the server has closed an idle session: looks at the socket, sends nothing.
    [[nodiscard]] bool has_hung_up() const noexcept;

    /// Ends the session at once. Idempotent; statements throw `connection_error` from then on.
    void close() noexcept;

    /// The libpq handle, still owned by this object; null when closed. Every library that works on
    /// libpq works with it. Leave it in blocking or non-blocking mode as you like, and no statement
    /// half read.
    [[nodiscard]] pg_conn* native_handle() const noexcept { return handle_.get(); }

private:
    friend class pg::limited_statements;

    result run(std::string_view sql, const parameters& values);

    struct finish {
        void operator()(pg_conn* handle) const noexcept;
    };
    std::unique_ptr<pg_conn, finish> handle_;
    // What limits the statements of an `after_connect`; none otherwise.
    std::optional<std::chrono::steady_clock::time_point> deadline_{};
    std::stop_token stop_{};
};

}  // namespace dsql
