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

/// Reads the rows of a query in pieces. Pins the session until it has read the last one.
class stream_reader {
public:
    /// Sends the query. Throws as a statement does.
    stream_reader(detail::session_pin of, const call_limits& limits, const sql_text& sql,
                  const detail::argument_view& values);
    stream_reader(const stream_reader&) = delete;
    stream_reader& operator=(const stream_reader&) = delete;
    ~stream_reader();

    /// See `detail::chunk_source`.
    [[nodiscard]] const pg_result* next();
    /// Reads all that is left.
    void close();
    /// The statement.
    [[nodiscard]] const detail::statement_origin& origin() const noexcept { return use_.origin(); }

private:
    void fetch(const call_limits& limits);
    void read_end(const result& last, const call_limits& limits);
    [[nodiscard]] bool finish_exchange(const call_limits& limits);

    exclusive_use use_;
    std::optional<result> piece_{};  // none after a failure
    std::int64_t rows_ = 0;          // that have come
    bool at_end_ = false;            // of the results
};

}  // namespace dsql::pg
