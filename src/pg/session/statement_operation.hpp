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

/// Runs one statement on a session: as it is prepared, else prepared on the way, and once more
/// where it had been prepared and is stale. For any driver; a statement that is prepared allocates
/// nothing here.
class statement_operation final : public operation {
public:
    /// All outlive this. Sends nothing yet.
    statement_operation(session& on, const sql_text& sql,
                        const detail::argument_view& values) noexcept
        : session_(on), sql_(sql), values_(values) {}

    /// Throws what a statement throws.
    wait_for step() override;
    [[nodiscard]] int socket() const override;

    /// The result; call it once, after `done`.
    [[nodiscard]] result take();

private:
    session& session_;
    const sql_text& sql_;
    const detail::argument_view& values_;
    std::optional<query_operation> prepared_{};                // of a statement that is prepared
    std::optional<composite_operation<result>> unprepared_{};  // of any other
    bool is_repeated_ = false;
};

}  // namespace dsql::pg
