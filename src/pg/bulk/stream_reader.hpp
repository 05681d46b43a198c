// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/detail/arguments.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/result.hpp>
#include <dsql/sql_text.hpp>

#include "pg/session/exclusive_use.hpp"

#include <cstdint>
#include <optional>

struct pg_result;

namespace dsql::pg {

/// Reads the rows of a query in chunks. Pins the session until it has read the last one.
class stream_reader {
public:
    /// Sends the query. Throws what `require_streamable` and `session::execute` throw.
    stream_reader(detail::session_pin of, const call_limits& limits, const sql_text& sql,
                  const detail::argument_view& values);
    stream_reader(const stream_reader&) = delete;
    stream_reader& operator=(const stream_reader&) = delete;
    ~stream_reader();

    /// See `detail::chunk_source`.
    [[nodiscard]] const pg_result* next();
    /// Reads and discards the remaining rows.
    void close();
    /// The statement and its source location.
    [[nodiscard]] const detail::statement_origin& origin() const noexcept { return use_.origin(); }

private:
    void fetch(const call_limits& limits);
    void read_end(const result& last, const call_limits& limits);
    [[nodiscard]] bool finish_exchange(const call_limits& limits);

    exclusive_use use_;
    std::optional<result> piece_{};  // none after an error
    std::int64_t rows_ = 0;          // received so far
    bool at_end_ = false;            // the last result has been read
};

}  // namespace dsql::pg
