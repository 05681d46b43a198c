// SPDX-License-Identifier: Apache-2.0
// Prepared statements: cached automatically, dropped and prepared again, and prepared explicitly.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <string>
#include <vector>

namespace statement_test {

using dsql::connection;

connection connect_with_cache(std::size_t capacity) {
    dsql::config settings = endpoint_under_test();
    settings.statement_cache_capacity = capacity;
    return dsql::connect(settings);
}

// Reads the list with COPY, which is never prepared itself.
std::vector<std::string> prepared_on(connection& session) {
    std::vector<std::string> texts;
    session.copy_out_to(
        "COPY (SELECT statement FROM pg_prepared_statements ORDER BY prepare_time) TO STDOUT",
        [&](std::string_view line) { texts.emplace_back(line.substr(0, line.size() - 1)); });
    return texts;
}

std::vector<std::string> names_on(connection& session) {
    return session.query_all<std::string>(
        "SELECT name FROM pg_prepared_statements WHERE statement = 'SELECT $1'");
}

class Statement : public testing::Test {
protected:
    connection session_ = dsql::connect(endpoint_under_test());
};

TEST_F(Statement, EachStatementIsPreparedOnce) {
    for (int i = 0; i < 3; ++i) {
        session_.execute("SELECT $1", i);
    }
    session_.execute("SELECT $1", 2L);
    EXPECT_EQ(prepared_on(session_), (std::vector<std::string>{"SELECT $1", "SELECT $1"}))
        << "one for each type of its parameter";
}

TEST_F(Statement, NamesAreTheSameOnEachConnection) {
    connection other = dsql::connect(endpoint_under_test());
    for (connection* one : {&session_, &other}) {
        one->execute("SELECT 'before'");
        one->execute("SELECT $1", 1);
    }
    EXPECT_EQ(names_on(session_).size(), 1U);
    EXPECT_EQ(names_on(session_), names_on(other));
}

TEST_F(Statement, EvictsTheLeastRecentlyUsed) {
    if (PQlibVersion() < 170000) {
        GTEST_SKIP() << "this libpq cannot close a prepared statement";
    }
    connection session = connect_with_cache(2);
    session.execute("SELECT 1");
    session.execute("SELECT 2");
    session.execute("SELECT 1");
    session.execute("SELECT 3");
    EXPECT_EQ(prepared_on(session), (std::vector<std::string>{"SELECT 1", "SELECT 3"}));
}

TEST_F(Statement, TheCacheCanBeDisabled) {
    connection session = connect_with_cache(0);
    EXPECT_EQ(session.query_value<int>("SELECT $1::int", 1), 1);
    EXPECT_TRUE(prepared_on(session).empty());
}

TEST_F(Statement, DroppedStatementsArePreparedAgain) {
    EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1);
    const dsql::statement by_hand = session_.prepare("SELECT 2");
    session_.execute("DEALLOCATE ALL");
    EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1);
    EXPECT_EQ(session_.query_value<int>(by_hand), 2);
    session_.execute("DEALLOCATE ALL");
    dsql::batch statements;
    statements.add("SELECT 1").add(by_hand).add("SELECT 1");
    EXPECT_EQ(session_.run(statements)[1].value<int>(), 2);
    EXPECT_EQ(session_.query_value<int>(by_hand), 2);
}

TEST_F(Statement, StatementsWithChangedResultsArePreparedAgain) {
    session_.execute("CREATE TEMP TABLE changing (a int)");
    session_.execute("INSERT INTO changing VALUES (1)");
    const dsql::statement by_hand = session_.prepare("SELECT * FROM changing");
    EXPECT_EQ(session_.query("SELECT * FROM changing").column_count(), 1);
    EXPECT_EQ(session_.query(by_hand).column_count(), 1);
    session_.execute("ALTER TABLE changing ADD COLUMN b int");
    EXPECT_EQ(session_.query("SELECT * FROM changing").column_count(), 2);
    EXPECT_EQ(session_.query(by_hand).column_count(), 2);
}

TEST_F(Statement, AnExplicitlyPreparedStatementHasItsTypes) {
    const dsql::statement prepared =
        session_.prepare("SELECT $1::bigint AS a, $2::text AS b WHERE $3::numeric > 0");
    EXPECT_EQ(prepared.parameter_types(),
              (std::vector<dsql::oid>{dsql::oids::int8, dsql::oids::text, dsql::oids::numeric}));
    ASSERT_EQ(prepared.columns().size(), 2U);
    EXPECT_EQ(prepared.columns()[0].name, "a");
    EXPECT_EQ(prepared.columns()[1].type, dsql::oids::text);
    const auto [a, b] = session_.query_one<long, std::string>(prepared, 7, 42, 1);
    EXPECT_EQ(a, 7);
    EXPECT_EQ(b, "42");
    EXPECT_EQ(session_.prepare(prepared.sql()).name(), prepared.name());
}

TEST_F(Statement, AnExplicitlyPreparedStatementChecksTheNumberOfValues) {
    const dsql::statement prepared = session_.prepare("SELECT $1::int");
    EXPECT_NE(thrown_message<dsql::conversion_error>([&] {
                  return session_.query_value<int>(prepared);
              }).find("takes 1 value, and 0 were given"),
              std::string::npos);
    EXPECT_THROW(static_cast<void>(session_.query_value<int>(prepared, 3'000'000'000L)),
                 dsql::conversion_error);
    connection other = dsql::connect(endpoint_under_test());
    EXPECT_THROW(static_cast<void>(other.query_value<int>(prepared, 1)), dsql::config_error);
}

TEST_F(Statement, DeallocateIsPermanent) {
    const dsql::statement prepared = session_.prepare("SELECT 1");
    session_.deallocate(prepared);
    EXPECT_TRUE(prepared_on(session_).empty());
    EXPECT_THROW(session_.deallocate(prepared), dsql::config_error);
    static_cast<void>(session_.query_value<int>("SELECT 2"));
    EXPECT_NE(thrown_message<dsql::config_error>([&] {
                  return session_.query_value<int>(prepared);
              }).find("has been deallocated"),
              std::string::npos);
    EXPECT_EQ(prepared_on(session_).size(), 1U);  // the other statements have been kept
}

TEST_F(Statement, ADynamicNumberOfValues) {
    dsql::parameters values;
    std::string sql = "SELECT 0";
    for (int i = 1; i <= 100; ++i) {
        values.add(i);
        sql += " + $" + std::to_string(i);
    }
    EXPECT_EQ(session_.query_value<int>(sql, values), 5050);
}

TEST_F(Statement, MoreValuesThanTheProtocolAllowsAreAnError) {
    dsql::parameters values;
    for (int i = 0; i <= 65'535; ++i) {
        values.add(i);
    }
    EXPECT_THROW(session_.execute("SELECT 1", values), dsql::conversion_error);
    EXPECT_THROW(session_.execute(std::string_view("SELECT 1\0", 9)), dsql::conversion_error);
    EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1) << "nothing was sent";
}

}  // namespace statement_test
