// SPDX-License-Identifier: Apache-2.0
#include "pg/session/command_planner.hpp"

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
    if (prepared_.has_names_to_close()) {
        for (std::string& name : prepared_.take_names_to_close()) {
            push(pipeline_command::kind::close, std::move(name), index);
        }
    }
    const sql_text sql = statements_.sql(index);
    standing_types_.clear();
    if (sql.prepared() != nullptr) {
        // The caller has made sure that the statement is up to date.
        push(pipeline_command::kind::execute, prepared_.find_explicit(sql.prepared()->sql())->name,
             index, true);
    } else {
        plan_text(sql.text(), index);
    }
    const statement_traits& traits = statements_.traits(index);
    schema_may_have_changed_ |= traits.may_outdate_statements();
}

void command_planner::plan_text(std::string_view sql, std::size_t index) {
    const std::span<const oid> types = statements_.values(index).parameter_types();
    // After a statement that may change the schema, statements that were prepared before it are not
    // used.
    const auto* const kept =
        schema_may_have_changed_ ? nullptr : prepared_.cache().find(sql, types);
    if (kept != nullptr) {
        standing_types_ = kept->inferred;
        push(pipeline_command::kind::execute, kept->name, index, true);
        return;
    }
    if (const std::vector<oid>* const inferred = inferred_.find(sql, types)) {
        standing_types_ = *inferred;
    }
    const auto added = !schema_may_have_changed_ && statements_.traits(index).is_plannable
                           ? prepared_.cache().add(sql, types, standing_types_)
                           : std::nullopt;
    if (!added) {
        push(pipeline_command::kind::execute, {}, index);
        return;
    }
    if (added->evicted) {
        push(pipeline_command::kind::close, *added->evicted, index);
    }
    push(pipeline_command::kind::prepare, added->statement.name, index);
    push(pipeline_command::kind::execute, added->statement.name, index);
}

void command_planner::push(pipeline_command::kind what, std::string name, std::size_t index,
                           bool was_kept) {
    planned_.push_back({what, std::move(name), index, was_kept});
}

void command_planner::fill(pipeline_command& command, const planned& from) {
    command = {.what = from.what, .name = from.name.c_str(), .statement = from.statement};
    if (from.what == pipeline_command::kind::close) {
        return;
    }
    command.values = statements_.values(from.statement);
    if (!standing_types_.empty()) {
        fitted_.emplace(command.values, standing_types_, detail::standing_types::inferred);
        command.values = fitted_->view();
    }
    if (from.what == pipeline_command::kind::prepare || from.name.empty()) {
        scratch_ = statements_.sql(from.statement).text();
        command.sql = scratch_.c_str();
    }
}

void command_planner::rollback_unsent(std::size_t completed) {
    for (std::size_t i = completed; i < planned_.size(); ++i) {
        planned& undone = planned_[i];
        if (undone.what == pipeline_command::kind::close) {
            prepared_.close_later(std::move(undone.name));
        } else if (undone.what == pipeline_command::kind::prepare) {
            prepared_.cache().remove(undone.name);
        }
    }
}

}  // namespace dsql::pg
