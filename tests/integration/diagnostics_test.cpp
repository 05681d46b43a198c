// SPDX-License-Identifier: Apache-2.0
// The contents of errors, notices, and the protocol trace.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace diagnostics_test {

using dsql::server_error;

class Diagnostics : public testing::Test {
protected:
    template <class Call>
    static server_error failure_of(Call call) {
        try {
            static_cast<void>(call());
        } catch (const server_error& failure) {
            return failure;
        }
        throw std::runtime_error("no error");
    }
    server_error failure_of_sql(const std::string& sql) {
        return failure_of([&] { return session_.execute(sql); });
    }

    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

TEST_F(Diagnostics, EveryFieldOfAConstraintViolation) {
    session_.execute("CREATE TEMP TABLE people (id int PRIMARY KEY, name text NOT NULL)");
    session_.execute("INSERT INTO people VALUES (1, 'Ann')");
    const dsql::server_error_fields key =
        failure_of_sql("INSERT INTO people VALUES (1, 'Bob')").fields();
    EXPECT_EQ(key.sqlstate, "23505");
    EXPECT_EQ(key.severity, "ERROR");
    EXPECT_EQ(key.table_name, "people");
    EXPECT_EQ(key.constraint_name, "people_pkey");
    EXPECT_EQ(key.detail, "Key (id)=(1) already exists.");
    EXPECT_FALSE(key.schema_name.empty());
    EXPECT_FALSE(key.source_file.empty());
    EXPECT_FALSE(key.source_line.empty());
    EXPECT_FALSE(key.source_function.empty());
    const auto null = failure_of_sql("INSERT INTO people VALUES (2, NULL)").fields();
    EXPECT_EQ(null.column_name, "name");
    session_.execute("CREATE DOMAIN pg_temp.positive AS int CHECK (VALUE > 0)");
    EXPECT_EQ(failure_of_sql("SELECT 0::pg_temp.positive").fields().data_type_name, "positive");
}

TEST_F(Diagnostics, PositionHintAndContext) {
    const auto position = failure_of_sql("SELECT nosuchcolumn");
    EXPECT_EQ(position.fields().position, "8");
    EXPECT_NE(std::string(position.what()).find("(at character 8)"), std::string::npos);
    EXPECT_FALSE(failure_of_sql("SELECT nosuch(1)").fields().hint.empty());
    session_.execute(
        "CREATE FUNCTION pg_temp.inner_failure() RETURNS int LANGUAGE plpgsql AS "
        "'BEGIN RETURN (SELECT nosuch FROM pg_class); END'");
    const auto inside = failure_of_sql("SELECT pg_temp.inner_failure()").fields();
    EXPECT_NE(inside.context.find("inner_failure"), std::string::npos);
    EXPECT_NE(inside.internal_query.find("nosuch"), std::string::npos);
    EXPECT_FALSE(inside.internal_position.empty());
}

TEST_F(Diagnostics, TheStatementAndTheSourceLocation) {
    dsql::pool pool(endpoint_under_test());
    const std::vector<server_error> failures = {
        failure_of([&] { return session_.query("SELECT 1/0").size(); }),
        failure_of([&] { return session_.query_value<int>("SELECT 1/0"); }),
        failure_of([&] { return session_.query_all<int>("SELECT 1/0"); }),
        failure_of(
            [&] { return session_.execute(dsql::within{std::chrono::hours(1)}, "SELECT 1/0"); }),
        failure_of([&] { return session_.begin().query_one<int>("SELECT 1/0"); }),
        failure_of([&] { return pool.query_optional<int>("SELECT 1/0"); }),
        failure_of([&] {
            int rows = 0;
            for (const auto& row : session_.stream<int>("SELECT 1/0")) {
                static_cast<void>(row);
                ++rows;
            }
            return rows;
        })};
    for (const server_error& failure : failures) {
        EXPECT_EQ(failure.query(), "SELECT 1/0");
        EXPECT_STREQ(failure.where().file_name(), __FILE__);
        EXPECT_GT(failure.where().line(), 0U);
        const std::string text = failure.what();
        EXPECT_NE(text.find("[statement: SELECT 1/0]"), std::string::npos) << text;
        EXPECT_NE(text.find("diagnostics_test.cpp:" + std::to_string(failure.where().line())),
                  std::string::npos)
            << text;
    }
}

TEST_F(Diagnostics, LongStatementsAreTruncatedAndValuesAreNotShown) {
    const std::string text =
        failure_of_sql("SELECT 1/0 -- \x1b[31m" + std::string(5000, ' ')).what();
    EXPECT_LT(text.size(), 1'000U);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    const server_error secret =
        failure_of([&] { return session_.execute("SELECT 1/0 WHERE $1 <> ''", "a secret value"); });
    EXPECT_EQ(std::string(secret.what()).find("a secret value"), std::string::npos);
}

TEST_F(Diagnostics, NoticesGoToTheHandler) {
    std::vector<dsql::server_error_fields> notices;
    session_.execute("DO $$ BEGIN RAISE WARNING 'to nobody'; END $$");
    session_.set_notice_handler(
        [&](const dsql::server_error_fields& notice) { notices.push_back(notice); });
    session_.execute("DO $$ BEGIN RAISE WARNING 'careful' USING HINT = 'look'; END $$");
    ASSERT_EQ(notices.size(), 1U);
    EXPECT_EQ(notices[0].severity, "WARNING");
    EXPECT_EQ(notices[0].message, "careful");
    EXPECT_EQ(notices[0].hint, "look");
    session_.set_notice_handler({});
    session_.execute("DO $$ BEGIN RAISE WARNING 'to nobody'; END $$");
    EXPECT_EQ(notices.size(), 1U);
}

TEST_F(Diagnostics, AHandlerThatThrowsHarmsNothing) {
    dsql::config settings = endpoint_under_test();
    settings.on_notice = [](const dsql::server_error_fields&) {
        throw std::runtime_error("no");
    };
    dsql::connection session = dsql::connect(settings);
    session.execute("DO $$ BEGIN RAISE WARNING 'careful'; END $$");
    EXPECT_EQ(session.query_value<int>("SELECT 1"), 1);
}

TEST_F(Diagnostics, TheProtocolIsTracedOnRequest) {
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
    session_.trace(file.get());
    session_.execute("SELECT 'traced'");
    session_.trace(nullptr);
    session_.execute("SELECT 'not traced'");
    std::rewind(file.get());
    std::string text(100'000, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    EXPECT_NE(text.find("SELECT 'traced'"), std::string::npos);
    EXPECT_EQ(text.find("not traced"), std::string::npos);
}

}  // namespace diagnostics_test
