// SPDX-License-Identifier: Apache-2.0
#include "run/script_runner.hpp"

#include <dsql/result.hpp>
#include <dsql/retry.hpp>
#include <dsql/transact.hpp>

#include "format.hpp"
#include "run/script_failure.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

namespace dsql_cli::run {

namespace {

using repeatable = cluster_session::repeatable;
using applied_map = std::map<int, applied_step>;

std::string count_steps(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " step" : " steps");
}

bool is_done(const applied_map& applied, const script_step& step) {
    const auto found = applied.find(step.number);
    return found != applied.end() && found->second.is_done;
}

bool must_run(const applied_map& applied, const script_step& step) {
    return step.is_recorded() && !is_done(applied, step);
}

// All of them, or none if everything that changes something has been applied: what is left then,
// settings for example, serves nothing.
std::size_t steps_to_look_at(const script_plan& script, const applied_map& applied) {
    const auto& steps = script.steps;
    const bool has_work = std::any_of(steps.begin(), steps.end(), [&](const script_step& step) {
        return must_run(applied, step);
    });
    const bool only_reads = std::none_of(
        steps.begin(), steps.end(), [](const script_step& step) { return step.is_recorded(); });
    return has_work || only_reads ? steps.size() : 0;
}

std::size_t count_done(const script_plan& script, const applied_map& applied) {
    return static_cast<std::size_t>(
        std::count_if(script.steps.begin(), script.steps.end(),
                      [&](const script_step& step) { return is_done(applied, step); }));
}

[[noreturn]] void throw_changed(const script_plan& script, const script_step* step,
                                const applied_step& known, int number, const std::string& table) {
    const sql::text_position at = step == nullptr ? sql::text_position{} : step->position;
    throw script_failure(
        format_place(script.name, at) + ": " + "step " + std::to_string(number) +
        (step == nullptr ? " is not in the script any more, and was applied on "
                         : " has another text than when it was applied, on ") +
        known.time +
        "\n  put back what was applied, and add the change at the end or in another script; the "
        "table " +
        table + " records it as script '" + script.key + "', step " + std::to_string(number));
}

// A script may grow at its end, but what was applied has to stay as it was.
void check_unchanged(const script_plan& script, const applied_map& applied,
                     const std::string& table) {
    for (const auto& [number, known] : applied) {
        const bool is_there = number >= 1 && number <= static_cast<int>(script.steps.size());
        const script_step* const step =
            is_there ? &script.steps[static_cast<std::size_t>(number) - 1] : nullptr;
        if (known.is_done && (step == nullptr || step->digest() != known.digest)) {
            throw_changed(script, step, known, number, table);
        }
    }
}

std::string describe_block(const std::vector<std::string>& tags) {
    std::string text;
    for (const std::string& tag : tags) {
        text.append(text.empty() ? "" : ", ").append(tag);
    }
    return text;
}

// The id of the job, if a statement has returned one.
std::string job_of(const dsql::result& returned) {
    if (returned.size() != 1 || returned.column_count() != 1 ||
        returned.column_name(0) != "job_id") {
        return {};
    }
    return returned[0][0].as<std::optional<std::string>>().value_or("");
}

// The first name in double quotes, as in: relation "items_by_name" already exists.
std::string quoted_name_in(const std::string& message) {
    const std::size_t start = message.find('"');
    const std::size_t end = message.find('"', start + 1);
    return start == std::string::npos || end == std::string::npos
               ? std::string()
               : message.substr(start + 1, end - start - 1);
}

bool is_index_job(const sql::sql_statement& statement) {
    return statement.word(0) == "CREATE" && statement.has_word("INDEX") &&
           statement.has_word("ASYNC");
}

std::string describe_dry(const script_step& step, bool is_recorded) {
    switch (step.kind) {
        case step_kind::schema:
            return "alone, outside a transaction";
        case step_kind::setting:
            return "a setting, each time";
        case step_kind::reading:
            return "a block that only reads, each time";
        default:
            return is_recorded ? "a transaction, with its record" : "a transaction";
    }
}

}  // namespace

script_runner::script_runner(run_options options) : options_(std::move(options)) {}

void script_runner::run(const std::vector<script_plan>& scripts) {
    const bool records = !options_.table.empty() &&
                         std::any_of(scripts.begin(), scripts.end(),
                                     [](const script_plan& one) { return !one.key.empty(); });
    if (records || !options_.is_dry_run) {
        session_.emplace(options_.settings);
    }
    const std::vector<applied_map> applied =
        records ? load_applied(scripts) : std::vector<applied_map>(scripts.size());
    for (std::size_t i = 0; i < scripts.size(); ++i) {
        if (options_.is_dry_run) {
            print_script(scripts[i], applied[i]);
        } else {
            session_->start_over();
            run_script(scripts[i], applied[i]);
        }
    }
}

// Reads what was applied, checks it, and makes the table if it is missing.
std::vector<applied_map> script_runner::load_applied(const std::vector<script_plan>& scripts) {
    std::vector<applied_map> applied(scripts.size());
    try {
        applied_.emplace(*session_, options_.table);
        for (std::size_t i = 0; i < scripts.size(); ++i) {
            if (!scripts[i].key.empty()) {
                applied[i] = applied_->load(scripts[i].key);
                check_unchanged(scripts[i], applied[i], applied_->table());
            }
        }
        if (!options_.is_dry_run) {
            applied_->create();
        }
    } catch (const dsql::server_error& failed) {
        throw script_failure(
            "the table that records what was applied: " + to_single_line(failed.fields().message) +
            " (SQLSTATE " + failed.sqlstate() +
            ")\n  name a table that this role can make or use with --state-table "
            "SCHEMA.NAME, or record nothing with --no-state");
    }
    return applied;
}

void script_runner::run_script(const script_plan& script, const applied_map& applied) {
    if (script.steps.empty()) {
        options_.print(script.name + ": no statements");
    }
    const std::size_t count = steps_to_look_at(script, applied);
    const std::size_t done = count_done(script, applied);
    if (done > 0) {
        options_.print(script.name + ": " + count_steps(done) + " applied before" +
                       (count == 0 ? ", nothing to do" : ""));
    }
    for (std::size_t i = 0; i < count; ++i) {
        const script_step& step = script.steps[i];
        if (is_done(applied, step)) {
            keep_settings(step, false);
            continue;
        }
        running_step running{.script = &script, .step = &step};
        const auto known = applied.find(step.number);
        if (known != applied.end() && known->second.digest == step.digest()) {
            running.may_be_applied = true;
            running.job_id = known->second.job_id;
        }
        run_step(running);
    }
}

void script_runner::print_script(const script_plan& script, const applied_map& applied) const {
    if (script.steps.empty()) {
        options_.print("-- " + script.name + ": no statements");
    }
    const std::size_t done = count_done(script, applied);
    const std::size_t count = steps_to_look_at(script, applied);
    if (done > 0) {
        options_.print("-- " + script.name + ": " + count_steps(done) + " applied before" +
                       (count == 0 ? ", nothing to do" : ""));
    }
    for (std::size_t i = 0; i < count; ++i) {
        const script_step& step = script.steps[i];
        if (is_done(applied, step)) {
            continue;
        }
        options_.print("-- " + format_place(script.name, step.position) + ": " +
                       describe_dry(step, applied_ && !script.key.empty()));
        if (step.is_block) {
            options_.print(step.kind == step_kind::reading ? "BEGIN READ ONLY;" : "BEGIN;");
        }
        for (const sql::sql_statement& one : step.statements) {
            options_.print(one.text + ";");
        }
        if (step.is_block) {
            options_.print("COMMIT;");
        }
    }
}

void script_runner::run_step(running_step& running) {
    running.statement = &running.step->statements.front();
    try {
        const std::string outcome = run_by_kind(running);
        print(running, outcome);
        applied_now_ += is_recorded(running) ? 1 : 0;
    } catch (const dsql::error& failed) {
        throw describe_failure(running.script->name, *running.statement, failed,
                               advice_for(running, failed));
    }
}

std::string script_runner::run_by_kind(running_step& running) {
    switch (running.step->kind) {
        case step_kind::schema:
            return run_schema(running);
        case step_kind::setting:
            return run_setting(running);
        default:
            return run_transaction(running);
    }
}

std::string script_runner::run_setting(running_step& running) {
    if (!changes_session(*running.statement)) {
        return session_->repeat(repeatable::always, [&](dsql::connection& used) {
            const dsql::result shown =
                dsql::query_with_retry(used, patient, running.statement->text);
            return std::string(shown.command_tag());
        });
    }
    keep_settings(*running.step, false);
    return std::string(running.statement->word(0));
}

// Settings of a block are in force already if it was run on this connection.
void script_runner::keep_settings(const script_step& step, bool was_run) {
    for (const sql::sql_statement& one : step.statements) {
        if (changes_session(one)) {
            was_run ? session_->remember_setting(one.text) : session_->apply_setting(one.text);
        }
    }
}

std::string script_runner::run_transaction(running_step& running) {
    using outcome = std::optional<std::vector<std::string>>;  // none: it was applied before
    const script_step& step = *running.step;
    const bool recorded = is_recorded(running);
    const auto body = [&](dsql::transaction& transaction) -> outcome {
        running.statement = &step.statements.front();
        if (recorded && !applied_->record(transaction, running.script->key, step)) {
            return std::nullopt;
        }
        std::vector<std::string> tags;
        for (const sql::sql_statement& one : step.statements) {
            running.statement = &one;
            tags.emplace_back(transaction.query(one.text).command_tag());
        }
        return tags;
    };
    const bool reads = step.kind == step_kind::reading;
    const auto what = recorded || reads ? repeatable::always : repeatable::unless_committed;
    const outcome tags = session_->repeat(what, [&](dsql::connection& used) {
        return dsql::transact(used, patient, body, {.read_only = reads});
    });
    keep_settings(step, tags.has_value());
    if (!tags) {
        return "applied: its COMMIT had no response, or another process was first";
    }
    return step.is_block ? "COMMIT (" + describe_block(*tags) + ")" : tags->front();
}

std::string script_runner::run_schema(running_step& running) {
    const std::string& script = running.script->key;
    const bool recorded = is_recorded(running);
    std::string outcome;
    if (running.job_id.empty()) {
        if (recorded && !applied_->note_start(script, *running.step)) {
            return "applied by another process meanwhile";
        }
        outcome = execute_alone(running);
    }
    if (!running.job_id.empty()) {
        outcome = wait_for(running);
    }
    if (is_index_job(*running.statement)) {
        require_valid_index(*running.statement);
    }
    if (recorded) {
        applied_->note_end(script, *running.step);
    }
    return outcome;
}

// Runs the statement until its outcome is known. Its note is removed if it has certainly not been
// applied.
std::string script_runner::execute_alone(running_step& running) {
    const sql::sql_statement& statement = *running.statement;
    try {
        return session_->repeat(repeatable::always, [&](dsql::connection& used) {
            try {
                const dsql::result returned = dsql::query_with_retry(used, patient, statement.text);
                running.job_id = job_of(returned);
                return std::string(returned.command_tag());
            } catch (const dsql::error& failed) {
                running.may_be_applied =
                    running.may_be_applied || cluster_session::may_pass(failed);
                throw;
            }
        });
    } catch (const dsql::server_error& failed) {
        if (running.may_be_applied && is_applied_before(statement, failed.sqlstate())) {
            if (is_index_job(statement)) {
                running.job_id = find_job_of_index(failed.fields().message);
            }
            return "applied by an earlier attempt: " + failed.fields().message;
        }
        if (is_recorded(running) && !running.may_be_applied) {
            applied_->forget(running.script->key, *running.step);
        }
        throw;
    }
}

std::string script_runner::wait_for(running_step& running) {
    if (is_recorded(running)) {
        applied_->note_job(running.script->key, *running.step, running.job_id);
    }
    try {
        const dsql::async_job job =
            session_->repeat(repeatable::always, [&](dsql::connection& used) {
                return dsql::wait_for_job(
                    used, running.job_id, {}, [&](const dsql::async_job& now) {
                        if (!now.is_completed()) {
                            print(running, "job " + now.id + " is " + now.status);
                        }
                    });
            });
        return "job " + job.id + " is " + job.status;
    } catch (const dsql::job_failed_error&) {
        if (is_recorded(running)) {
            applied_->forget(running.script->key, *running.step);
        }
        throw;
    }
}

// The newest job that builds the index which an error says exists. Without a job in the list the
// index has to be valid.
std::string script_runner::find_job_of_index(const std::string& message) {
    const std::string index = quoted_name_in(message);
    const dsql::result jobs = session_->repeat(repeatable::always, [&](dsql::connection& used) {
        return dsql::query_with_retry(
            used, patient,
            "SELECT job_id::text FROM sys.jobs WHERE object_name::text = $1 OR "
            "right(object_name::text, length($1) + 1) = '.' || $1 ORDER BY start_time DESC LIMIT 1",
            index);
    });
    if (jobs.empty()) {
        require_valid_index(index);
        return {};
    }
    return jobs[0][0].as<std::string>();
}

void script_runner::require_valid_index(const std::string& index) {
    const bool is_valid = session_->repeat(repeatable::always, [&](dsql::connection& used) {
        return dsql::query_with_retry(used, patient,
                                      "SELECT 1 FROM pg_catalog.pg_index AS i "
                                      "JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid "
                                      "WHERE c.relname = $1 AND NOT i.indisvalid",
                                      index)
            .empty();
    });
    if (!is_valid) {
        throw dsql::job_failed_error(
            {.status = "failed", .details = "the index is invalid", .object_name = index});
    }
}

// IF NOT EXISTS takes an index that a failed job has left behind for one that exists.
void script_runner::require_valid_index(const sql::sql_statement& statement) {
    const auto exists = std::find(statement.words.begin(), statement.words.end(), "EXISTS");
    if (exists == statement.words.end() || exists + 1 == statement.words.end()) {
        return;
    }
    std::string name = *(exists + 1);
    if (name == "\"") {
        return;  // a name in quotes is not among the words
    }
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    require_valid_index(name);
}

std::string script_runner::advice_for(const running_step& running, const dsql::error& thrown) {
    if (dynamic_cast<const dsql::job_failed_error*>(&thrown) != nullptr) {
        return is_index_job(*running.statement) ? "the index is left behind, invalid: remove it "
                                                  "(DROP INDEX), mend the cause and "
                                                  "run the script again"
                                                : std::string();
    }
    if (dynamic_cast<const dsql::commit_unknown_error*>(&thrown) != nullptr) {
        return "look whether it was applied: without a record, nothing tells";
    }
    const auto* const server = dynamic_cast<const dsql::server_error*>(&thrown);
    if (server != nullptr && server->fields().message == "transaction row limit exceeded" &&
        is_recorded(running)) {
        return "the record of this step counts as one row of its transaction; --no-state runs it "
               "without";
    }
    if (server != nullptr && server->sqlstate() == "42P07" && is_index_job(*running.statement)) {
        return "if an earlier job failed, the index is invalid: remove it (DROP INDEX) first";
    }
    return is_recorded(running) && applied_now_ > 0 ? "what is before it has been applied and is "
                                                      "recorded: mend this, and run the script "
                                                      "again"
                                                    : std::string();
}

bool script_runner::is_recorded(const running_step& running) const noexcept {
    return applied_ && !running.script->key.empty() && running.step->is_recorded();
}

void script_runner::print(const running_step& running, const std::string& what) const {
    options_.print(running.script->name + ":" + std::to_string(running.step->position.line) + ": " +
                   what);
}

}  // namespace dsql_cli::run
