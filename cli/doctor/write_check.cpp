// SPDX-License-Identifier: Apache-2.0
// Some things only go wrong where changes are committed. Asked for, the doctor commits one: a row
// with a random key, removed again. No statement here touches a row with another key: the table may
// be somebody's.
#include <dsql/connection.hpp>
#include <dsql/error.hpp>
#include <dsql/uuid.hpp>

#include "doctor/checks.hpp"
#include "doctor/statement_error_advice.hpp"

#include <string_view>

namespace dsql_cli::doctor {

namespace {

constexpr const char* own_columns = "id uuid, written_at timestamp with time zone";
constexpr const char* columns_query =
    "SELECT coalesce(string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' "
    "ORDER BY attnum), '') FROM pg_catalog.pg_attribute "
    "WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped";

// "schema"."table", which is then a name whatever word it is.
std::string quoted_identifier(std::string_view table) {
    std::string name = "\"";
    for (const char c : table) {
        name += c == '.' ? std::string("\".\"") : std::string(c == '"' ? 2 : 1, c);
    }
    return name + '"';
}

class trial {
public:
    trial(dsql::connection& session, const std::string& table)
        : session_(session),
          table_(quoted_identifier(table)),
          key_(session.query_value<dsql::uuid>("SELECT gen_random_uuid()")) {}

    /// Of the table that is there, with their types; empty where there is none.
    [[nodiscard]] std::string columns() {
        return session_.query_value<std::string>(columns_query, table_);
    }

    // DDL is its own transaction on DSQL, and a change of the schema a conflict for everybody else:
    // only where there is no table.
    void make_table() {
        session_.execute("CREATE TABLE " + table_ +
                         " (id uuid PRIMARY KEY, written_at timestamptz NOT NULL)");
    }

    /// `doing` becomes the name of the statement under way.
    void write(const char*& doing) {
        doing = "BEGIN";
        dsql::transaction work = session_.begin();
        doing = "INSERT";
        work.execute("INSERT INTO " + table_ + " (id, written_at) VALUES ($1, now())", key_);
        doing = "COMMIT";
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

// What failed before, or took too long, has closed it.
void reopen(doctor_context& seen) {
    if (!seen.session->is_open()) {
        seen.session = dsql::connect(seen.login);
    }
}

// What became of a COMMIT without an answer, which only reading can tell.
std::string look_up(trial& tried, doctor_context& seen) {
    try {
        reopen(seen);
        return tried.is_written() ? "a look at the table shows that it was committed"
                                  : "a look at the table shows that it was not committed";
    } catch (const std::exception&) {
        return "what became of it could not be found out";
    }
}

finding of_unknown_commit(trial& tried, doctor_context& seen) {
    const std::string what = seen.session->is_open()
                                 ? "COMMIT was answered with \"server unavailable\""
                                 : "COMMIT was not answered: the connection was closed";
    finding found{.result = outcome::failed,
                  .summary = what + "; " + look_up(tried, seen),
                  .advice =
                      "a program cannot know which of both: dsql::transact_idempotent finds "
                      "out by itself and does the work exactly once"};
    try {
        tried.remove();
    } catch (const std::exception&) {
        // One row with a key of its own stays behind.
    }
    return found;
}

finding of_other_table(const std::string& table, const std::string& columns) {
    return {.result = outcome::failed,
            .summary = "the table " + table + " is not the doctor's: its columns are " + columns +
                       ", not " + own_columns,
            .advice =
                "nothing was written; give by --table a name that is free, and the table is made"};
}

finding try_out(trial& tried, doctor_context& seen) {
    const char* doing = "reading the table's columns";
    try {
        const std::string columns = tried.columns();
        if (columns.empty()) {
            doing = "CREATE TABLE";
            tried.make_table();
        } else if (columns != own_columns) {
            return of_other_table(seen.asked.write_table, columns);
        }
        tried.write(doing);
        doing = "DELETE of the row";
        tried.remove();
    } catch (const dsql::commit_unknown_error&) {
        return of_unknown_commit(tried, seen);
    } catch (const std::exception& failure) {
        return of_statement_failure(doing, failure);
    }
    return {.summary =
                "a row in " + seen.asked.write_table + " was written, committed and removed"};
}

}  // namespace

findings check_write(doctor_context& seen) {
    if (seen.asked.write_table.empty()) {
        return {{.result = outcome::skipped,
                 .summary = "not asked for: --write-check commits a change in a table of its own"}};
    }
    try {
        reopen(seen);
        trial tried(*seen.session, seen.asked.write_table);
        return {try_out(tried, seen)};
    } catch (const std::exception& failure) {
        return {of_statement_failure("write check", failure)};
    }
}

}  // namespace dsql_cli::doctor
