// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/arguments.hpp>
#include <dsql/result.hpp>
#include <dsql/sql_text.hpp>

#include "pg/exchange/query_operation.hpp"
#include "pg/io/operation.hpp"
#include "pg/io/task.hpp"

#include <optional>

namespace dsql::pg {

class session;

/// Runs one statement on a session. Prepares it if necessary, and runs it again if it had been
/// prepared and is stale. Allocates nothing if the statement is already prepared.
class statement_operation final : public operation {
public:
    /// Sends nothing yet. All arguments must outlive this object.
    statement_operation(session& on, const sql_text& sql,
                        const detail::argument_view& values) noexcept
        : session_(on), sql_(sql), values_(values) {}

    /// Throws what `session::execute` throws.
    wait_for step() override;
    [[nodiscard]] int socket() const override;

    /// The result; call it once, after `done`.
    [[nodiscard]] result take() { return *std::move(result_); }

private:
    void start();
    [[nodiscard]] wait_for step_once();

    session& session_;
    const sql_text& sql_;
    const detail::argument_view& values_;
    std::optional<query_operation> prepared_{};                // if the statement is prepared
    std::optional<composite_operation<result>> unprepared_{};  // otherwise
    std::optional<result> result_{};
    bool is_started_ = false;
    bool is_repeated_ = false;
};

}  // namespace dsql::pg
