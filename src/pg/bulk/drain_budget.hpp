// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/sql_text.hpp>

#include <chrono>
#include <cstddef>

namespace dsql::pg {

class session;

/// How far a stream or COPY that is left early is read on, so that its connection can be used
/// again: DSQL cannot be told to stop, and reading everything could take for ever. What has been
/// handed out before does not count.
class drain_budget {
public:
    /// Whether another chunk may be read.
    [[nodiscard]] bool has_budget() const noexcept { return read_ <= most_bytes; }
    /// Notes that a chunk has been read that the server sent as that many bytes.
    void add(std::size_t size) noexcept { read_ += size; }
    [[nodiscard]] const call_limits& limits() const noexcept { return limits_; }

private:
    static constexpr std::size_t most_bytes = 1'048'576;

    call_limits limits_{within{std::chrono::seconds(1)}};
    std::size_t read_ = 0;
};

/// Throws `error` for a statement that may write, outside a transaction: a stream or COPY of its
/// rows that is left early and closed would undo what it has written, without an error anywhere.
/// Inside a transaction the transaction's end tells.
void require_streamable(const session& of, const sql_text& sql);

/// Throws when the connection under a stream or COPY is gone: `connection_error` for one that was
/// closed or given away, `error` in a forked child. `what` says what was under way.
void require_under_way(const session& of, const char* what);

/// Reads the end of an exchange whose last result has been read. Returns false when the connection
/// breaks before that: the server commits a statement between its result and the end.
[[nodiscard]] bool finish_exchange(session& of, const call_limits& limits, const sql_text& sql);

}  // namespace dsql::pg
