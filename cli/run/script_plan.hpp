// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/sql_script.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_cli::run {

/// How Aurora DSQL wants a step of a script to be run.
enum class step_kind {
    data,     ///< in a transaction, in which it is recorded too
    schema,   ///< alone, outside a transaction: DDL, GRANT, CALL, ANALYZE
    setting,  ///< of the session: SET, RESET, SHOW; run each time, never recorded
    reading,  ///< a block that is READ ONLY; run each time, never recorded
};

/// One step of a script: a statement, or a block from BEGIN to COMMIT.
struct script_step {
    step_kind kind = step_kind::data;
    int number = 1;  ///< in its script, from 1
    bool is_block = false;
    sql::text_position position{};
    std::vector<sql::sql_statement> statements{};  ///< of a block, those between BEGIN and COMMIT

    /// The SHA-256 of its statements in hexadecimal digits. Comments between them, blank lines and
    /// the kind of line breaks make no difference.
    [[nodiscard]] std::string digest() const;
    /// Whether it is recorded when it has been applied.
    [[nodiscard]] bool is_recorded() const noexcept {
        return kind == step_kind::data || kind == step_kind::schema;
    }
};

/// A script in steps.
struct script_plan {
    std::string name{};  ///< for messages: the path as it was given, or "-c"
    std::string key{};   ///< the name it is recorded by, without directories; empty: not recorded
    std::vector<script_step> steps{};
};

/// Divides a script into steps. Throws `sql::script_error` for what cannot be run: a block that is
/// not closed, or holds DDL beside other statements, and COPY from standard input.
[[nodiscard]] std::vector<script_step> plan_steps(std::string_view script);

/// Whether an error with this SQLSTATE means that a statement of DDL has been applied before: for
/// CREATE that the object exists, for DROP that it does not.
[[nodiscard]] bool is_applied_before(const sql::sql_statement& statement,
                                     std::string_view sqlstate) noexcept;

/// Whether a statement changes a setting of the session that statements after it depend on.
[[nodiscard]] bool changes_session(const sql::sql_statement& statement) noexcept;

}  // namespace dsql_cli::run
