// SPDX-License-Identifier: Apache-2.0
// Prepared statements that the server has dropped, or whose result columns a schema change has
// altered. Outside a transaction they are run once more. Inside a transaction they are an error,
// and they work again after it.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <memory>
#include <ostream>
#include <string>
#include <tuple>

namespace stale_statement_test {

using dsql::connection;
using dsql::statement;

constexpr const char* all_columns = "SELECT * FROM stale";

// Runs the statement in one of three ways, on a connection or a transaction, and returns the number
// of its columns.
template <class Runner>
int by_text(Runner& on, const statement&) {
    return on.query(all_columns).column_count();
}
template <class Runner>
int by_hand(Runner& on, const statement& prepared) {
    return on.query(prepared).column_count();
}
template <class Runner>
int in_batch(Runner& on, const statement& prepared) {
    dsql::batch statements;
    statements.add("SELECT 1").add(all_columns).add(prepared).add(all_columns);
    const dsql::batch_results results = on.run(statements);
    EXPECT_EQ(results[1].column_count(), results[2].column_count());
    return results[3].column_count();
}

struct way {
    const char* name;
    int (*on_connection)(connection&, const statement&);
    int (*in_transaction)(dsql::transaction&, const statement&);
};
std::ostream& operator<<(std::ostream& out, const way& one) {
    return out << one.name;
}

// A change that makes statements stale, and the number of columns of the table afterwards.
struct change {
    const char* name;
    const char* sql;
    const char* sqlstate;
    int columns;
};
std::ostream& operator<<(std::ostream& out, const change& one) {
    return out << one.name;
}

const way ways[] = {{"ByText", by_text<connection>, by_text<dsql::transaction>},
                    {"ByHand", by_hand<connection>, by_hand<dsql::transaction>},
                    {"InABatch", in_batch<connection>, in_batch<dsql::transaction>}};
const change changes[] = {{"Forgotten", "DEALLOCATE ALL", "26000", 1},
                          {"Altered", "ALTER TABLE stale ADD COLUMN b text", "0A000", 2}};

// Runs a statement without the library seeing it, as if another session had run it.
void run_unseen(connection& session, const std::string& sql) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(
        PQexec(session.native_handle(), sql.c_str()), &PQclear);
    ASSERT_EQ(PQresultStatus(result.get()), PGRES_COMMAND_OK) << PQresultErrorMessage(result.get());
}

connection with_table() {
    connection session = dsql::connect(endpoint_under_test());
    session.execute("CREATE TEMP TABLE stale (a int)");
    return session;
}

class StaleStatement : public testing::TestWithParam<std::tuple<way, change>> {
protected:
    StaleStatement() {
        // All statements are prepared now.
        for (const way& one : ways) {
            EXPECT_EQ(one.on_connection(session_, prepared_), 1);
        }
    }
    [[nodiscard]] const way& run() const { return std::get<way>(GetParam()); }
    [[nodiscard]] const change& after() const { return std::get<change>(GetParam()); }

    connection session_ = with_table();
    statement prepared_ = session_.prepare(all_columns);
};

TEST_P(StaleStatement, IsRunAgainOutsideATransaction) {
    run_unseen(session_, after().sql);
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(run().on_connection(session_, prepared_), after().columns);
    }
    for (const way& other : ways) {
        EXPECT_EQ(other.on_connection(session_, prepared_), after().columns);
    }
}

TEST_P(StaleStatement, IsAnErrorInATransactionAndWorksAfterwards) {
    run_unseen(session_, after().sql);
    {
        dsql::transaction transaction = session_.begin();
        try {
            run().in_transaction(transaction, prepared_);
            FAIL() << "it was run";
        } catch (const dsql::server_error& failure) {
            EXPECT_EQ(failure.sqlstate(), after().sqlstate);
        }
        EXPECT_THROW(transaction.commit(), dsql::transaction_rolled_back_error);
    }
    dsql::transaction again = session_.begin();
    for (const way& one : ways) {
        EXPECT_EQ(one.in_transaction(again, prepared_), after().columns);
    }
    again.commit();
}

INSTANTIATE_TEST_SUITE_P(Each, StaleStatement,
                         testing::Combine(testing::ValuesIn(ways), testing::ValuesIn(changes)),
                         [](const testing::TestParamInfo<std::tuple<way, change>>& one) {
                             return std::string(std::get<way>(one.param).name) +
                                    std::get<change>(one.param).name;
                         });

// When a statement of a batch turns out to be stale, the whole batch is repeated, so that the
// statements before it take effect exactly once.
TEST(StaleStatements, ABatchIsRepeatedWhole) {
    connection session = dsql::connect(endpoint_under_test());
    session.execute("CREATE TEMP TABLE counted (n int)");
    session.execute("SELECT * FROM counted");
    run_unseen(session, "ALTER TABLE counted ADD COLUMN b int");
    dsql::batch statements;
    statements.add("INSERT INTO counted VALUES (1)").add("SELECT * FROM counted");
    EXPECT_EQ(session.run(statements)[1].size(), 1) << "inserted once, not twice";
    EXPECT_EQ(session.query_value<long>("SELECT count(*) FROM counted"), 1);
}

TEST(StaleStatements, ARepeatedErrorAfterPreparingReachesTheCaller) {
    connection session = dsql::connect(endpoint_under_test());
    session.execute("SELECT 1");
    for (int round = 0; round < 2; ++round) {
        try {
            session.execute("EXECUTE nosuch");
            FAIL() << "it was run";
        } catch (const dsql::server_error& failure) {
            EXPECT_EQ(failure.sqlstate(), "26000");
            EXPECT_EQ(failure.query(), "EXECUTE nosuch");
        }
        EXPECT_EQ(session.query_value<int>("SELECT 1"), 1);
    }
}

// Inside a transaction a stale statement is not repeated. This query therefore works only if the
// library still knows that the statement must be prepared again.
TEST(StaleStatements, AfterAFailedBatchUnreachedStatementsAreStillStale) {
    connection session = dsql::connect(endpoint_under_test());
    const statement prepared = session.prepare("SELECT 5");
    session.execute("SELECT 1");
    session.execute("DEALLOCATE ALL");
    session.execute("SELECT 1");
    dsql::batch failing;
    failing.add("SELECT 1/0").add(prepared);
    EXPECT_THROW(static_cast<void>(session.run(failing)), dsql::batch_error);
    dsql::transaction transaction = session.begin();
    EXPECT_EQ(transaction.query_value<int>(prepared), 5);
}

TEST(StaleStatements, TheyAreClosedOnTheServer) {
    if (PQlibVersion() < 170000) {
        GTEST_SKIP() << "this libpq cannot close a prepared statement";
    }
    connection session = dsql::connect(endpoint_under_test());
    session.execute("CREATE TEMP TABLE left_over (n int)");
    for (int columns = 1; columns < 5; ++columns) {
        EXPECT_EQ(session.query("SELECT * FROM left_over").column_count(), columns);
        run_unseen(session,
                   "ALTER TABLE left_over ADD COLUMN c" + std::to_string(columns) + " int");
    }
    EXPECT_EQ(session.query_value<long>("SELECT count(*) FROM pg_prepared_statements WHERE "
                                        "statement = 'SELECT * FROM left_over'"),
              1);
    session.execute("ALTER TABLE left_over DROP COLUMN n");
    EXPECT_EQ(session.query_value<long>("SELECT count(*) FROM pg_prepared_statements WHERE "
                                        "statement = 'SELECT * FROM left_over'"),
              0)
        << "what the library sees makes it forget at once";
}

TEST(StaleStatements, ADeallocatedStatementIsPreparedAgainByItsText) {
    connection session = dsql::connect(endpoint_under_test());
    const statement first = session.prepare("SELECT 5");
    session.deallocate(first);
    EXPECT_THROW(static_cast<void>(session.query_value<int>(first)), dsql::error);
    EXPECT_EQ(session.query_value<int>(session.prepare("SELECT 5")), 5);
    EXPECT_TRUE(session.is_idle());
}

}  // namespace stale_statement_test
