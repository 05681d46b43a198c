// SPDX-License-Identifier: Apache-2.0
// Some errors only show when a change is committed. With --write-check the doctor inserts a row
// with a random key, commits, and removes the row. No statement here touches a row with another
// key, because the table may belong to an application.
#include <dsql/connection.hpp>
#include <dsql/error.hpp>
#include <dsql/uuid.hpp>

#include "doctor/checks.hpp"
#include "doctor/error_advice.hpp"

#include <string_view>

namespace dsql_cli::doctor {

namespace {

constexpr const char* expected_columns = "id uuid, written_at timestamp with time zone";
constexpr const char* columns_query =
    "SELECT coalesce(string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' "
    "ORDER BY attnum), '') FROM pg_catalog.pg_attribute "
    "WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped";

// Returns "schema"."table", in quotes so that SQL keywords work as names.
std::string quoted_identifier(std::string_view table) {
    std::string name = "\"";
    for (const char c : table) {
        name += c == '.' ? std::string("\".\"") : std::string(c == '"' ? 2 : 1, c);
    }
    return name + '"';
}

class write_trial {
public:
    write_trial(dsql::connection& session, const std::string& table)
        : session_(session),
          table_(quoted_identifier(table)),
          key_(session.query_value<dsql::uuid>("SELECT gen_random_uuid()")) {}

    /// Returns the names and types of the table's columns; empty if there is no such table.
    [[nodiscard]] std::string columns() {
        return session_.query_value<std::string>(columns_query, table_);
    }

    // Call it only if the table does not exist: on DSQL a schema change makes concurrent
    // transactions of other sessions fail with a conflict.
    void make_table() {
        session_.execute("CREATE TABLE " + table_ +
                         " (id uuid PRIMARY KEY, written_at timestamptz NOT NULL)");
    }

    /// Sets `step` to the name of each statement before it runs it.
    void write(const char*& step) {
        step = "BEGIN";
        dsql::transaction work = session_.begin();
        step = "INSERT";
        work.execute("INSERT INTO " + table_ + " (id, written_at) VALUES ($1, now())", key_);
        step = "COMMIT";
        work.commit();
    }

    [[nodiscard]] bool is_written() {
        return session_.query_value<bool>(
            "SELECT EXISTS (SELECT FROM " + table_ + " WHERE id = $1)", key_);
    }

    void remove() { session_.execute("DELETE FROM " + table_ + " WHERE id = $1", key_); }

private:
    dsql::connection& session_;
    const std::string table_;
    const dsql::uuid key_;
};

// An earlier check that failed or timed out may have closed the connection.
void reopen(doctor_context& context) {
    if (!context.session->is_open()) {
        context.session = dsql::connect(context.login);
    }
}

// Finds out by a SELECT whether a COMMIT without a result took effect.
std::string read_commit_outcome(write_trial& trial, doctor_context& context) {
    try {
        reopen(context);
        return trial.is_written() ? "the table shows that it was committed"
                                  : "the table shows that it was not committed";
    } catch (const std::exception&) {
        return "whether it was committed could not be determined";
    }
}

finding describe_unknown_commit(write_trial& trial, doctor_context& context) {
    const std::string what = context.session->is_open()
                                 ? "COMMIT failed with \"server unavailable\""
                                 : "the result of COMMIT was lost: the connection was closed";
    finding found{.result = outcome::failed,
                  .summary = what + "; " + read_commit_outcome(trial, context),
                  .advice =
                      "a program cannot know either: dsql::transact_idempotent finds out and does "
                      "the work exactly once"};
    try {
        trial.remove();
    } catch (const std::exception&) {
        // The row stays in the table. Its random key harms nothing.
    }
    return found;
}

finding describe_other_table(const std::string& table, const std::string& columns) {
    return {
        .result = outcome::failed,
        .summary = "the table " + table + " is not the doctor's: its columns are " + columns +
                   ", not " + expected_columns,
        .advice = "nothing was written; give an unused name as --table, and the table is created"};
}

finding run_trial(write_trial& trial, doctor_context& context) {
    const char* step = "reading the table's columns";
    try {
        const std::string columns = trial.columns();
        if (columns.empty()) {
            step = "CREATE TABLE";
            trial.make_table();
        } else if (columns != expected_columns) {
            return describe_other_table(context.options.write_table, columns);
        }
        trial.write(step);
        step = "DELETE of the row";
        trial.remove();
    } catch (const dsql::commit_unknown_error&) {
        return describe_unknown_commit(trial, context);
    } catch (const std::exception& error) {
        return describe_statement_error(step, error);
    }
    return {.summary =
                "a row in " + context.options.write_table + " was written, committed and removed"};
}

}  // namespace

findings check_write(doctor_context& context) {
    if (context.options.write_table.empty()) {
        return {{.result = outcome::skipped,
                 .summary = "not requested: --write-check commits a change in a separate table"}};
    }
    try {
        reopen(context);
        write_trial trial(*context.session, context.options.write_table);
        return {run_trial(trial, context)};
    } catch (const std::exception& error) {
        return {describe_statement_error("write check", error)};
    }
}

}  // namespace dsql_cli::doctor
