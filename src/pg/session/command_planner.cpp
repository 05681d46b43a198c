// SPDX-License-Identifier: Apache-2.0
#include "pg/session/command_planner.hpp"

#include "pg/libpq_version.hpp"
#include "pg/session/session.hpp"

#include <algorithm>
#include <utility>

namespace dsql::pg {

bool command_planner::next(pipeline_command& command) {
    if (given_ == planned_.size()) {
        if (next_statement_ == statements_.size()) {
            return false;
        }
        plan(next_statement_++);
    }
    fill(command, planned_[given_++]);
    return true;
}

void command_planner::plan(std::size_t index) {
    for (std::string& name : std::exchange(session_.names_to_close_, {})) {
        push(pipeline_command::kind::close, std::move(name), index);
    }
    const sql_text sql = statements_.sql(index);
    if (sql.prepared() != nullptr) {
        plan_prepared(*sql.prepared(), index);
    } else {
        plan_text(sql.text(), index);
    }
}

void command_planner::plan_prepared(const statement& prepared, std::size_t index) {
    if (!session_.is_stale(prepared)) {
        push(pipeline_command::kind::execute, prepared.name(), index);
        return;
    }
    if (!can_close_prepared()) {
        push(pipeline_command::kind::execute, {}, index);
        return;
    }
    push(pipeline_command::kind::close, prepared.name(), index, true);
    push(pipeline_command::kind::prepare, prepared.name(), index, true);
    push(pipeline_command::kind::execute, prepared.name(), index);
    std::erase(session_.stale_prepared_, prepared.name());
}

void command_planner::plan_text(std::string_view sql, std::size_t index) {
    const std::span<const oid> types = statements_.values(index).parameter_types();
    if (const std::string* const name = session_.cache_.find(sql, types)) {
        push(pipeline_command::kind::execute, *name, index);
        return;
    }
    const auto added = session_.cache_.add(sql, types);
    if (!added) {
        push(pipeline_command::kind::execute, {}, index);
        return;
    }
    if (added->evicted) {
        push(pipeline_command::kind::close, *added->evicted, index);
    }
    push(pipeline_command::kind::prepare, added->name, index);
    push(pipeline_command::kind::execute, added->name, index);
}

void command_planner::push(pipeline_command::kind what, std::string name, std::size_t index,
                           bool by_hand) {
    planned_.push_back({what, std::move(name), index, by_hand});
}

void command_planner::fill(pipeline_command& command, const planned& from) {
    command = {.what = from.what, .name = from.name.c_str(), .statement = from.statement};
    if (from.what == pipeline_command::kind::close) {
        return;
    }
    command.values = statements_.values(from.statement);
    const sql_text sql = statements_.sql(from.statement);
    if (from.what == pipeline_command::kind::prepare || from.name.empty()) {
        scratch_ = sql.text();
        command.sql = scratch_.c_str();
    }
    if (sql.prepared() != nullptr && from.what == pipeline_command::kind::prepare) {
        // Its parameters keep the types they had, which callers have been told.
        const std::vector<oid>& types = sql.prepared()->parameter_types();
        command.values.count = static_cast<int>(types.size());
        command.values.types = types.data();
    } else if (sql.prepared() != nullptr) {
        command.values.types = sql.prepared()->parameter_types().data();
    }
}

void command_planner::settle(std::size_t completed) {
    for (std::size_t i = completed; i < planned_.size(); ++i) {
        planned& undone = planned_[i];
        if (undone.what == pipeline_command::kind::execute) {
            continue;
        }
        if (undone.by_hand) {
            if (undone.what == pipeline_command::kind::prepare) {
                session_.stale_prepared_.push_back(std::move(undone.name));
            }
        } else if (undone.what == pipeline_command::kind::close) {
            session_.names_to_close_.push_back(std::move(undone.name));
        } else {
            session_.cache_.remove(undone.name);
        }
    }
}

}  // namespace dsql::pg
