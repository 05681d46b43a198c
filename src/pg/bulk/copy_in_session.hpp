// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/detail/copy_row.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/sql_text.hpp>

#include "pg/session/exclusive_use.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace dsql::pg {

/// A COPY ... FROM STDIN under way: gathers data and sends it in pieces. Pins the session until it
/// is over.
class copy_in_session {
public:
    /// Sends the COPY statement and waits until data is wanted. Throws as a statement does.
    copy_in_session(detail::session_pin of, const call_limits& limits, const sql_text& sql);
    copy_in_session(const copy_in_session&) = delete;
    copy_in_session& operator=(const copy_in_session&) = delete;
    /// Has the server give the COPY up, when it is not over.
    ~copy_in_session();

    /// Makes it take rows: of these columns in binary format, of any in text.
    void take_rows(bool binary, std::vector<column_description> columns);

    /// Where rows gather. Throws `error` when it does not take rows, or is over.
    [[nodiscard]] detail::copy_row_writer& rows();
    /// Adds data as it is.
    void write(std::string_view data);
    /// Sends what has gathered when another row might not fit into a piece.
    void send_if_full();
    /// See `copy_writer::finish`.
    [[nodiscard]] std::int64_t finish();
    /// The statement.
    [[nodiscard]] const detail::statement_origin& origin() const noexcept { return use_.origin(); }

private:
    void require_active() const;
    void write_header();
    void send(std::string_view data);
    [[nodiscard]] std::int64_t end(const char* reason, const call_limits& limits);
    void give_up() noexcept;

    exclusive_use use_;
    detail::copy_row_writer rows_{};
    bool takes_rows_ = false;
    bool header_written_ = false;  // of binary rows
    bool data_written_ = false;    // by the caller: header and trailer are in it
};

}  // namespace dsql::pg
