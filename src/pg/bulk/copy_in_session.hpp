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

/// A running COPY ... FROM STDIN. Collects data and sends it in pieces. Pins the session until the
/// COPY has ended.
class copy_in_session {
public:
    /// Sends the COPY statement and waits until the server accepts data. Throws what `start_copy`
    /// throws.
    copy_in_session(detail::session_pin of, const call_limits& limits, const sql_text& sql);
    copy_in_session(const copy_in_session&) = delete;
    copy_in_session& operator=(const copy_in_session&) = delete;
    /// Makes the server abort the COPY, unless it has ended.
    ~copy_in_session();

    /// Allows `rows` to be called. Each row must have a value for each of `columns`. In text
    /// format, `columns` may be empty; the number of values is then not checked.
    void take_rows(bool binary, std::vector<column_description> columns);

    /// Returns the writer that collects rows. Throws `error` if `take_rows` was not called or the
    /// COPY has ended.
    [[nodiscard]] detail::copy_row_writer& rows();
    /// Adds data that is already in the COPY's format. Throws `error` if the COPY has ended.
    void write(std::string_view data);
    /// Sends the collected rows if another row might not fit into the piece.
    void send_if_full();
    /// See `copy_writer::finish`.
    [[nodiscard]] std::int64_t finish();
    /// The COPY statement and its source location.
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
    bool header_written_ = false;  // only for rows in binary format
    bool data_written_ = false;    // by `write`: the caller supplies header and trailer
};

}  // namespace dsql::pg
