// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/copy_row.hpp>
#include <dsql/detail/members.hpp>
#include <dsql/detail/sole_owner.hpp>
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
    text,    ///< a line per row, values in PostgreSQL's text form; DSQL takes this one for certain
    binary,  ///< values in binary; faster, and of the columns' types, or numbers for numbers
};

/// The table and columns of a COPY. A plain value. Names are taken as they are, upper and lower
/// case included; quoting is done here.
struct copy_target {
    /// Empty: the search path decides.
    std::string schema{};
    /// The table's name. Required.
    std::string table{};
    /// Empty: all columns but generated ones, in the table's order. A COPY out in binary of a table
    /// with generated columns wants them named.
    std::vector<std::string> columns{};
    /// How values are written.
    copy_format format = copy_format::text;
};

/// A COPY ... FROM STDIN under way: takes rows, or data as it is to be sent, and sends them in
/// pieces of 64 KiB. Without `finish` nothing is copied: the destructor, for example when an
/// exception passes, has the server give up what has come so far; when the server does not answer
/// within a second, the connection is closed instead.
///
/// The connection runs nothing else until the COPY is over. The COPY keeps the session alive until
/// then, and a pool's connection out of its pool. When the connection is closed under it, or its
/// libpq handle given away, it throws `connection_error` as soon as it has something to send, and
/// nothing is copied. Movable; belongs to the connection's thread. The server reports what it
/// refuses at the end only.
class DSQL_EXPORT copy_writer {
public:
    /// Made by `bulk_functions::copy_in`.
    explicit copy_writer(detail::sole_owner<pg::copy_in_session> session) noexcept;
    copy_writer(copy_writer&&) noexcept;
    copy_writer& operator=(copy_writer&&) noexcept;
    ~copy_writer();

    /// Adds a row: a value per column, each text, NULL (`nullptr`, `std::nullopt`, an empty
    /// optional) or of a type with a codec; or one aggregate, whose members are the values in their
    /// order. Throws `conversion_error` for one that cannot be written, or that would be another
    /// value in its column (text in bytea, 2.5 in integer), and nothing of that row is written;
    /// `error` for a COPY that was begun with a statement of the caller's own.
    template <class... Ts>
    void row(const Ts&... values) {
        if constexpr (sizeof...(Ts) == 1 && (detail::written_by_members<Ts> && ...)) {
            std::apply([this](const auto&... members) { this->row(members...); },
                       detail::tie_members(values...));
        } else {
            detail::naming_statement(origin(), [&] {
                detail::copy_row writing(row_writer(), sizeof...(Ts));
                (writing.add(values), ...);
                writing.finish();
            });
            send_if_full();
        }
    }

    /// Adds data in the COPY's own format, in pieces of any size.
    void write(std::string_view data);

    /// Sends the rest, waits for the result, and returns the number of rows copied. The COPY is
    /// over in any case. Throws `server_error` when the server rejected any of the data: then
    /// nothing was copied. Throws `timeout_error` or `cancelled_error` when a limit strikes,
    /// `connection_error` when the connection breaks, and `error` when the COPY was over before.
    std::int64_t finish();

private:
    [[nodiscard]] pg::copy_in_session& session();
    [[nodiscard]] detail::copy_row_writer& row_writer();
    [[nodiscard]] const detail::statement_origin* origin() const noexcept;
    void send_if_full();

    detail::sole_owner<pg::copy_in_session> session_;
};

}  // namespace dsql
