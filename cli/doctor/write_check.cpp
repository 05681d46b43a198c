// SPDX-License-Identifier: Apache-2.0
// Some things only go wrong where changes are committed. Asked for, the doctor commits one: a row
// with a random key, removed again. Rows of a run that broke off are removed by the next one.
#include <dsql/connect.hpp>
#include <dsql/error.hpp>
#include <dsql/uuid.hpp>

#include "doctor/checks.hpp"
#include "doctor/trouble.hpp"

namespace dsql_cli::doctor {

namespace {

class trial {
public:
    trial(dsql::connection& session, const std::string& table)
        : session_(session),
          table_(table),
          key_(session.query_value<dsql::uuid>("SELECT gen_random_uuid()")) {}

    // DDL is its own transaction on DSQL. Where the table is there, there is none: a change of the
    // schema would be a conflict for everybody else.
    void make_table() {
        if (!session_.query_value<bool>("SELECT to_regclass($1) IS NOT NULL", table_)) {
            session_.execute("CREATE TABLE " + table_ +
                             " (id uuid PRIMARY KEY, written_at timestamptz NOT NULL)");
        }
    }

    void write() {
        dsql::transaction work = session_.begin();
        work.execute("DELETE FROM " + table_ + " WHERE written_at < now() - interval '1 hour'");
        work.execute("INSERT INTO " + table_ + " (id, written_at) VALUES ($1, now())", key_);
        work.commit();
    }

    [[nodiscard]] bool is_written() {
        return session_.query_value<bool>(
            "SELECT EXISTS (SELECT FROM " + table_ + " WHERE id = $1)", key_);
    }

    void remove() { session_.execute("DELETE FROM " + table_ + " WHERE id = $1", key_); }

private:
    dsql::connection& session_;
    const std::string& table_;
    const dsql::uuid key_;
};

// What became of a COMMIT without an answer, which only reading can tell.
std::string look_up(trial& tried, examination& seen) {
    try {
        if (!seen.session->is_open()) {
            seen.session = dsql::connect(seen.login);
        }
        return tried.is_written() ? "a look at the table shows that it was committed"
                                  : "a look at the table shows that it was not committed";
    } catch (const std::exception&) {
        return "what became of it could not be found out";
    }
}

finding of_unknown_commit(trial& tried, examination& seen) {
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
        // The next run's first statement removes it.
    }
    return found;
}

finding try_out(trial& tried, examination& seen) {
    const char* doing = "making the table";
    try {
        tried.make_table();
        doing = "COMMIT of a change";
        tried.write();
        doing = "removing the row";
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

findings check_write(examination& seen) {
    if (seen.asked.write_table.empty()) {
        return {{.result = outcome::skipped,
                 .summary = "not asked for: --write-check commits a change in a table of its own"}};
    }
    try {
        trial tried(*seen.session, seen.asked.write_table);
        return {try_out(tried, seen)};
    } catch (const std::exception& failure) {
        return {of_statement_failure("write check", failure)};
    }
}

}  // namespace dsql_cli::doctor
