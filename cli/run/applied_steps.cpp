// SPDX-License-Identifier: Apache-2.0
#include "run/applied_steps.hpp"

#include <dsql/error.hpp>
#include <dsql/result.hpp>
#include <dsql/retry.hpp>
#include <dsql/sql_text.hpp>
#include <dsql/transact.hpp>

#include <cstddef>
#include <stdexcept>
#include <string_view>

namespace dsql_cli::run {

namespace {

using repeatable = cluster_session::repeatable;

std::string current_schema(cluster_session& session) {
    const dsql::result schema = session.repeat(repeatable::always, [](dsql::connection& used) {
        return dsql::query_with_retry(used, patient, "SELECT current_schema()::text");
    });
    if (const auto found = schema[0][0].as<std::optional<std::string>>()) {
        return *found;
    }
    throw std::runtime_error(
        "this role has no schema for the table that records what was applied: name one with "
        "--state-table SCHEMA.NAME, or record nothing with --no-state");
}

}  // namespace

applied_steps::applied_steps(cluster_session& session, const std::string& table)
    : session_(session) {
    const std::size_t dot = table.find('.');
    schema_ = dot == std::string::npos ? current_schema(session) : table.substr(0, dot);
    name_ = dot == std::string::npos ? table : table.substr(dot + 1);
    table_ = dsql::quote_identifier(schema_) + "." + dsql::quote_identifier(name_);
}

bool applied_steps::exists() {
    return session_.repeat(repeatable::always, [&](dsql::connection& used) {
        return !dsql::query_with_retry(used, patient,
                                       "SELECT 1 FROM pg_catalog.pg_class AS c "
                                       "JOIN pg_catalog.pg_namespace AS n ON n.oid = "
                                       "c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
                                       schema_, name_)
                    .empty();
    });
}

void applied_steps::create() {
    if (exists()) {
        return;
    }
    const std::string statement = "CREATE TABLE IF NOT EXISTS " + table_ +
                                  " (script text, step integer, digest text NOT NULL, "
                                  "state text NOT NULL, job_id text, "
                                  "changed_at timestamptz NOT NULL, PRIMARY KEY (script, step))";
    try {
        session_.repeat(repeatable::always, [&](dsql::connection& used) {
            return dsql::execute_with_retry(used, patient, statement);
        });
    } catch (const dsql::server_error&) {
        // Another process may have made it at the same moment.
        if (!exists()) {
            throw;
        }
    }
}

std::map<int, applied_step> applied_steps::load(const std::string& script) {
    std::map<int, applied_step> steps;
    if (!exists()) {
        return steps;
    }
    const std::string query =
        "SELECT step, digest, state, coalesce(job_id, ''), "
        "date_trunc('second', changed_at AT TIME ZONE 'UTC')::text FROM " +
        table_ + " WHERE script = $1";
    const auto rows = session_.repeat(repeatable::always, [&](dsql::connection& used) {
        return dsql::query_with_retry<int, std::string, std::string, std::string, std::string>(
            used, patient, query, script);
    });
    for (const auto& [number, digest, state, job, time] : rows) {
        steps[number] = {
            .digest = digest, .is_done = state == "done", .job_id = job, .time = time + " UTC"};
    }
    return steps;
}

bool applied_steps::record(dsql::transaction& running, const std::string& script,
                           const script_step& step) const {
    const std::string statement =
        "INSERT INTO " + table_ +
        " AS t (script, step, digest, state, changed_at) VALUES ($1, $2, $3, 'done', now()) "
        "ON CONFLICT (script, step) DO UPDATE SET digest = $3, state = 'done', changed_at = now() "
        "WHERE t.state <> 'done'";
    return running.execute(statement, script, step.number, step.digest()) == 1;
}

// Leaves a row as it is that says that the step is done. Returns false then.
bool applied_steps::put(const std::string& script, const script_step& step, const char* state,
                        const std::optional<std::string>& job_id) {
    const std::string statement =
        "INSERT INTO " + table_ +
        " AS t (script, step, digest, state, job_id, changed_at) "
        "VALUES ($1, $2, $3, $4, $5, now()) ON CONFLICT (script, step) DO UPDATE "
        "SET digest = $3, state = $4, job_id = $5, changed_at = now() WHERE t.state <> 'done'";
    const std::string digest = step.digest();
    return session_.repeat(repeatable::always, [&](dsql::connection& used) {
        return dsql::transact(used, patient, [&](dsql::transaction& running) {
            return running.execute(statement, script, step.number, digest, std::string_view(state),
                                   job_id) == 1;
        });
    });
}

bool applied_steps::note_start(const std::string& script, const script_step& step) {
    return put(script, step, "started", std::nullopt);
}

void applied_steps::note_job(const std::string& script, const script_step& step,
                             const std::string& job_id) {
    static_cast<void>(put(script, step, "started", job_id));
}

void applied_steps::note_end(const std::string& script, const script_step& step) {
    static_cast<void>(put(script, step, "done", std::nullopt));
}

void applied_steps::forget(const std::string& script, const script_step& step) {
    const std::string statement =
        "DELETE FROM " + table_ + " WHERE script = $1 AND step = $2 AND state = 'started'";
    session_.repeat(repeatable::always, [&](dsql::connection& used) {
        return dsql::transact(used, patient, [&](dsql::transaction& running) {
            return running.execute(statement, script, step.number);
        });
    });
}

}  // namespace dsql_cli::run
