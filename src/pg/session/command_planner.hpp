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

/// Supplies the commands to send for each statement: names to close, the statement to prepare if it
/// is not prepared yet, and the statement to run. Records in `prepared_statements` what each
/// command does when it is planned, because later statements of the pipeline rely on it.
/// `rollback_unsent` undoes the records of commands that were not run.
class command_planner final : public command_source {
public:
    /// All arguments must outlive this object.
    command_planner(prepared_statements& prepared, statement_list& statements,
                    const inferred_parameters& inferred) noexcept
        : prepared_(prepared), statements_(statements), inferred_(inferred) {}

    [[nodiscard]] bool next(pipeline_command& command) override;

    /// Undoes the records of all commands except the first `completed` ones, because those were not
    /// run.
    void rollback_unsent(std::size_t completed);

    /// Returns the index of the statement that a command belongs to. For the commit, which follows
    /// the last command, returns the number of statements.
    [[nodiscard]] std::size_t statement_of(std::size_t command) const {
        return command < planned_.size() ? planned_[command].statement : statements_.size();
    }
    /// Whether a command runs a statement that had been prepared before this pipeline.
    [[nodiscard]] bool was_kept(std::size_t command) const {
        return command < planned_.size() && planned_[command].was_kept;
    }
    [[nodiscard]] statement_list& statements() noexcept { return statements_; }

private:
    struct planned {
        pipeline_command::kind what;
        std::string name;  // empty for the unnamed statement
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
    std::vector<planned> planned_{};        // all so far, for `rollback_unsent`
    std::size_t given_ = 0;                 // how many of them `next` has returned
    bool schema_may_have_changed_ = false;  // by an earlier statement of the pipeline

    // These belong to the statement whose commands `next` returns at the moment.
    std::vector<oid> standing_types_{};  // empty if no value has to be fitted
    std::string scratch_{};              // its text, zero-terminated
    std::optional<detail::fitted_arguments> fitted_{};
};

}  // namespace dsql::pg
