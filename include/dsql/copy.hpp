// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/copy_row.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/export.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dsql {

namespace pg {
class copy_in_session;
}

/// How COPY writes values. Source: PostgreSQL, "COPY", File Formats.
enum class copy_format {
    text,    ///< one line per row, values in PostgreSQL's text form; certain to work on DSQL
    binary,  ///< values in binary; faster, and of the columns' types, or numbers for numbers
};

/// The table and columns of a COPY. A plain value. Names are taken literally, including upper and
/// lower case; the library quotes them.
struct copy_target {
    /// Empty: the search path decides.
    std::string schema{};
    /// The table's name. Required.
    std::string table{};
    /// Empty: all columns except generated ones, in the table's order. A binary COPY out of a table
    /// with generated columns must name the columns.
    std::vector<std::string> columns{};
    /// How values are written.
    copy_format format = copy_format::text;
};

/// A running COPY ... FROM STDIN. Takes rows, or data in the COPY's format, and sends them in
/// pieces of 64 KiB. Nothing is copied unless `finish` is called. Otherwise, for example after an
/// exception, the destructor makes the server abort the COPY, or closes the connection if the
/// server does not respond within a second.
///
/// The connection runs no other statement until the COPY has ended. Until then, the COPY keeps the
/// session alive, and a pool's connection out of its pool. If the connection is closed or its libpq
/// handle is released during the COPY, nothing is copied, and the next function that has something
/// to send throws `connection_error`. Movable; belongs to the connection's thread. The server
/// reports rejected data only at the end.
class DSQL_EXPORT copy_writer {
public:
    /// Made by `bulk_functions::copy_in`.
    explicit copy_writer(std::unique_ptr<pg::copy_in_session> session) noexcept;
    copy_writer(copy_writer&&) noexcept;
    copy_writer& operator=(copy_writer&&) noexcept;
    ~copy_writer();

    /// Adds a row: one value for each column, or one aggregate whose members are the values in
    /// order. A value is text, NULL (`nullptr`, `std::nullopt`, an empty optional) or of a type
    /// with a codec. Throws `conversion_error` for a value that cannot be written or that its
    /// column would change (text in bytea, 2.5 in integer); nothing of that row is then written.
    /// Throws `error` for a COPY that was begun with the caller's own statement.
    template <class... Ts>
    void row(const Ts&... values) {
        detail::add_copy_row(row_writer(), origin(), values...);
        send_if_full();
    }

    /// Adds data in the COPY's own format, in pieces of any size.
    void write(std::string_view data);

    /// Sends the rest, waits for the result, and returns the number of rows copied. The COPY has
    /// ended afterwards, even if this throws. Throws `server_error` when the server rejected any of
    /// the data: then nothing was copied. Throws `timeout_error` or `cancelled_error` when a limit
    /// is reached, `connection_error` when the connection breaks, and `error` when the COPY was
    /// over before.
    std::int64_t finish();

private:
    [[nodiscard]] pg::copy_in_session& session();
    [[nodiscard]] detail::copy_row_writer& row_writer();
    [[nodiscard]] const detail::statement_origin* origin() const noexcept;
    void send_if_full();

    std::unique_ptr<pg::copy_in_session> session_;
};

}  // namespace dsql
