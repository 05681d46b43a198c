// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/result.hpp>
#include <dsql/sql_text.hpp>

#include "pg/io/operation.hpp"

#include <optional>

struct pg_conn;

namespace dsql::pg {

/// Sends the statement that was handed to libpq and reads its whole result.
class query_operation final : public operation {
public:
    /// What to do if the statement turns out to be a COPY: fail, or stop before its data.
    enum class copy { refused, expected };

    /// Whether the statement must still be sent, or a part of its result has already been read.
    enum class state { to_be_sent, half_read };

    explicit query_operation(pg_conn* handle, copy when_copy = copy::refused,
                             state at = state::to_be_sent) noexcept
        : handle_(handle), when_copy_(when_copy), flushed_(at == state::half_read) {}

    /// For several statements that were sent as one text. Otherwise a second result is an error,
    /// because it belongs to another statement.
    void expect_several_results() noexcept { is_single_ = false; }

    wait_for step() override;
    [[nodiscard]] int socket() const override;

    /// Returns the result. Call it once, after `done`. Throws `server_error` if the server reported
    /// an error and `connection_error` if the connection was lost.
    [[nodiscard]] result take(const sql_text& sql);

private:
    /// Reads the results that have arrived. Returns true if all were read or an expected COPY has
    /// begun.
    [[nodiscard]] bool read_results();
    void end();
    [[nodiscard]] bool is_last(result next);
    /// Throws `exchange_error` if the statement has got a result before.
    void require_first() const;

    pg_conn* handle_;
    copy when_copy_;
    bool flushed_;
    bool is_single_ = true;
    std::optional<result> last_{};
    bool failed_ = false;       // `last_` is an error
    bool is_complete_ = false;  // the end of the results has been read, or a COPY has begun
};

}  // namespace dsql::pg
