// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/fitted_arguments.hpp>

#include "pg/exchange/batch_reader.hpp"
#include "pg/exchange/pipeline_operation.hpp"
#include "pg/session/infer_parameters.hpp"
#include "pg/session/prepared_statements.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace dsql::pg {

/// Says, statement by statement, what has to be sent for it: names to close, the statement to
/// prepare if it is not, and the statement itself. Changes what is known to be prepared as it goes,
/// for what comes later in the pipeline relies on it; `settle` takes back what did not happen.
class command_planner final : public command_source {
public:
    /// All outlive this.
    command_planner(prepared_statements& prepared, statement_list& statements,
                    const inferred_parameters& inferred) noexcept
        : prepared_(prepared), statements_(statements), inferred_(inferred) {}

    [[nodiscard]] bool next(pipeline_command& command) override;

    /// Tells that the first `completed` commands have been done, and no others.
    void rollback_unsent(std::size_t completed);

    /// Which statement a command is for; the number of statements for what comes after the last
    /// command, the commit.
    [[nodiscard]] std::size_t statement_of(std::size_t command) const {
        return command < planned_.size() ? planned_[command].statement : statements_.size();
    }
    /// Whether a command runs a statement that had been prepared before.
    [[nodiscard]] bool was_kept(std::size_t command) const {
        return command < planned_.size() && planned_[command].was_kept;
    }
    [[nodiscard]] statement_list& statements() noexcept { return statements_; }

private:
    struct planned {
        pipeline_command::kind what;
        std::string name;  // empty for a statement without one
        std::size_t statement;
        bool was_kept = false;
    };

    void plan(std::size_t index);
    void plan_text(std::string_view sql, std::size_t index);
    void push(pipeline_command::kind what, std::string name, std::size_t index,
              bool was_kept = false);
    void fill(pipeline_command& command, const planned& from);

    prepared_statements& prepared_;
    statement_list& statements_;
    const inferred_parameters& inferred_;
    std::size_t next_statement_ = 0;
    std::vector<planned> planned_{};        // all there were, for `settle`
    std::size_t given_ = 0;                 // how many of them have been given out
    bool schema_may_have_changed_ = false;  // by a statement before this one in the pipeline

    // Of the statement whose commands are being given out.
    std::vector<oid> standing_types_{};  // where a value has to be fitted; else empty
    std::string scratch_{};              // its text with a zero byte behind it
    std::optional<detail::fitted_arguments> fitted_{};
};

}  // namespace dsql::pg
