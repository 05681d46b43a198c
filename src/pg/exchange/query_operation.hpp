// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/result.hpp>
#include <dsql/sql_text.hpp>

#include "pg/io/operation.hpp"

#include <optional>

struct pg_conn;

namespace dsql::pg {

/// Sends what has been handed to libpq and collects the whole answer to that one statement.
class query_operation final : public operation {
public:
    /// What to make of a statement that turns out to be a COPY.
    enum class copy { refused, expected };

    /// Whether something has just been handed to libpq, or the answer to it is half read.
    enum class state { to_be_sent, half_read };

    explicit query_operation(pg_conn* handle, copy when_copy = copy::refused,
                             state at = state::to_be_sent) noexcept
        : handle_(handle), when_copy_(when_copy), flushed_(at == state::half_read) {}

    wait_for step() override;
    [[nodiscard]] int socket() const override;

    /// Throws `server_error` if the server has rejected the statement, and `connection_error` if
    /// the connection was lost before its end. Call it after `done`.
    void require_success(const sql_text& sql) const;

    /// The result; call it once, after `done`. Throws what `require_success` throws.
    [[nodiscard]] result take(const sql_text& sql);

private:
    /// Whether all results have been read, or a COPY has begun that was expected.
    [[nodiscard]] bool read_results();
    void end();
    [[nodiscard]] bool is_last(result next);

    pg_conn* handle_;
    copy when_copy_;
    bool flushed_;
    std::optional<result> last_{};
    bool failed_ = false;       // `last_` is an error
    bool is_complete_ = false;  // the end of the results has been read, or a COPY has begun
};

}  // namespace dsql::pg
