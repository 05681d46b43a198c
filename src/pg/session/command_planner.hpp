// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/exchange/pipeline_command.hpp"
#include "pg/exchange/statement_list.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace dsql::pg {

class session;

/// Says, statement by statement, what has to be sent for it: names to close, the statement to
/// prepare if it is not, and the statement itself. Changes the session's cache as it goes, for what
/// comes later in the pipeline relies on it; `settle` takes back what did not happen.
class command_planner final : public command_source {
public:
    /// Both outlive this.
    command_planner(session& of, statement_list& statements) noexcept
        : session_(of), statements_(statements) {}

    [[nodiscard]] bool next(pipeline_command& command) override;

    /// Tells that the first `completed` commands have been done, and no others.
    void settle(std::size_t completed);

    /// Which statement a command is for; the number of statements for what comes behind the last
    /// command, the commit.
    [[nodiscard]] std::size_t statement_of(std::size_t command) const {
        return command < planned_.size() ? planned_[command].statement : statements_.size();
    }
    [[nodiscard]] statement_list& statements() noexcept { return statements_; }

private:
    struct planned {
        pipeline_command::kind what;
        std::string name;  // empty for a statement without one
        std::size_t statement;
        bool by_hand = false;  // whether it belongs to a `statement` of the caller's
    };

    void plan(std::size_t index);
    void plan_prepared(const statement& prepared, std::size_t index);
    void plan_text(std::string_view sql, std::size_t index);
    void push(pipeline_command::kind what, std::string name, std::size_t index,
              bool by_hand = false);
    void fill(pipeline_command& command, const planned& from);

    session& session_;
    statement_list& statements_;
    std::size_t next_statement_ = 0;
    std::vector<planned> planned_{};  // all there were, for `settle`
    std::size_t given_ = 0;           // how many of them have been given out
    std::string scratch_{};           // a statement's text with a zero byte behind it
};

}  // namespace dsql::pg
