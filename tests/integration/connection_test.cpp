// SPDX-License-Identifier: Apache-2.0
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

namespace connection_test {

using dsql::connection;
using dsql::conversion_error;

class Connection : public testing::Test {
protected:
    connection session_ = dsql::connect(endpoint_under_test());
};

TEST_F(Connection, BoundParametersRoundTrip) {
    EXPECT_EQ(session_.query_value<std::string>("SELECT $1::text", "it's; -- $1"), "it's; -- $1");
    EXPECT_EQ(session_.query_value<std::string>("SELECT $1::text", "\xf0\x9f\x90\x98"),
              "\xf0\x9f\x90\x98");
    EXPECT_EQ(session_.query_value<std::string>("SELECT $1::text", ""), "");
    for (const long long value : {std::numeric_limits<long long>::min(), -1LL, 0LL,
                                  std::numeric_limits<long long>::max()}) {
        EXPECT_EQ(session_.query_value<long long>("SELECT $1::bigint", value), value);
    }
    for (const double value :
         {std::numeric_limits<double>::max(), 0.1, -0.0, std::numeric_limits<double>::infinity()}) {
        EXPECT_EQ(session_.query_value<double>("SELECT $1::float8", value), value);
    }
    EXPECT_EQ(session_.query_value<float>("SELECT $1::float4", 1.5F), 1.5F);
    EXPECT_TRUE(session_.query_value<bool>("SELECT $1::bool", true));
    EXPECT_FALSE(session_.query_value<bool>("SELECT $1::bool", false));
}

TEST_F(Connection, NullIsAnEmptyOptional) {
    EXPECT_EQ(session_.query_value<std::optional<int>>("SELECT $1::int", nullptr), std::nullopt);
    EXPECT_EQ(session_.query_value<std::optional<int>>("SELECT $1::int", std::optional<int>(7)), 7);
    const std::string message = thrown_message<conversion_error>(
        [&] { return session_.query_value<int>("SELECT NULL::int AS age"); });
    EXPECT_EQ(message,
              "column \"age\" (integer) as int: the value is NULL; read it as std::optional");
}

TEST_F(Connection, ValuesThatDoNotFitAreErrors) {
    const std::string message = thrown_message<conversion_error>(
        [&] { return session_.query_value<int>("SELECT 3000000000::bigint AS big"); });
    EXPECT_EQ(message, "column \"big\" (bigint) as int: the value 3000000000 does not fit");
    EXPECT_THROW(static_cast<void>(session_.query_value<int>("SELECT 'x'")), conversion_error);
    EXPECT_THROW(static_cast<void>(session_.query_value<bool>("SELECT 1")), conversion_error);
    EXPECT_THROW(static_cast<void>(session_.query_value<unsigned>("SELECT -1")), conversion_error);
}

TEST_F(Connection, RowsAreReadByIndexAndByName) {
    const dsql::result rows =
        session_.query("SELECT n, 'row ' || n AS name FROM generate_series(1, 3) n ORDER BY n");
    ASSERT_EQ(rows.size(), 3);
    EXPECT_EQ(rows.column_count(), 2);
    EXPECT_EQ(rows.column_name(1), "name");
    int expected = 1;
    for (const dsql::row row : rows) {
        EXPECT_EQ(row[0].as<int>(), expected);
        EXPECT_EQ(row["name"].as<std::string_view>(), "row " + std::to_string(expected));
        ++expected;
    }
    EXPECT_THROW(static_cast<void>(rows[3]), std::out_of_range);
    EXPECT_THROW(static_cast<void>(rows[0][2]), std::out_of_range);
    EXPECT_THROW(static_cast<void>(rows[0]["nosuch"]), std::out_of_range);
    EXPECT_THROW(static_cast<void>(rows.column_name(-1)), std::out_of_range);
}

TEST_F(Connection, ExecuteCountsRows) {
    session_.execute("CREATE TEMP TABLE counted (n int)");
    EXPECT_EQ(session_.execute("INSERT INTO counted SELECT generate_series(1, 5)"), 5);
    EXPECT_EQ(session_.execute("UPDATE counted SET n = 0 WHERE n > $1", 3), 2);
    EXPECT_EQ(session_.query("DELETE FROM counted").command_tag(), "DELETE 5");
}

TEST_F(Connection, QueryValueWithoutARowIsAnError) {
    EXPECT_THROW(static_cast<void>(session_.query_value<int>("SELECT 1 WHERE false")),
                 dsql::no_rows_error);
}

TEST_F(Connection, AServerErrorLeavesTheConnectionUsable) {
    try {
        session_.execute("SELECT 1/0");
        FAIL() << "no error";
    } catch (const dsql::server_error& failure) {
        EXPECT_EQ(failure.sqlstate(), "22012");
        EXPECT_EQ(failure.fields().severity, "ERROR");
        EXPECT_EQ(failure.fields().message, "division by zero");
    }
    EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1);
}

// The values exceed the socket buffers in both directions, so that a send that did not also read
// would block for ever.
TEST_F(Connection, LargeValuesRoundTrip) {
    const std::string large(20'000'000, 'x');
    EXPECT_EQ(session_.query_value<std::string>("SELECT $1::text", large), large);
}

TEST_F(Connection, UnsendableValuesAreErrors) {
    EXPECT_THROW(session_.execute("SELECT 1", std::string_view("a\0b", 3)), conversion_error);
    EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1) << "nothing was sent";
}

TEST_F(Connection, ALostConnectionReportsThatTheStatementMayHaveRun) {
    const int backend = session_.query_value<int>("SELECT pg_backend_pid()");
    connection other = dsql::connect(endpoint_under_test());
    EXPECT_FALSE(session_.is_closed_by_server());
    EXPECT_TRUE(other.query_value<bool>("SELECT pg_terminate_backend($1)", backend));
    EXPECT_THROW(session_.execute("SELECT pg_sleep(60)"), dsql::error);
    EXPECT_EQ(session_.native_handle(), nullptr) << "closed";
    const std::string message = thrown_message<dsql::connection_error>(
        [&] { return session_.query_value<int>("SELECT 1"); });
    EXPECT_EQ(message.find("the connection is closed; the statement was not sent"), 0U) << message;
}

TEST_F(Connection, TheLastMessageOfTheServerHasItsSqlstate) {
    try {
        session_.execute("SELECT pg_terminate_backend(pg_backend_pid())");
        FAIL() << "the session lives on";
    } catch (const dsql::server_error& failure) {
        EXPECT_EQ(failure.sqlstate(), "57P01");
        EXPECT_EQ(failure.fields().severity, "FATAL");
    }
    EXPECT_FALSE(session_.is_open());
}

TEST_F(Connection, AClosedIdleConnectionIsNoticedWithoutAQuery) {
    const int backend = session_.query_value<int>("SELECT pg_backend_pid()");
    connection other = dsql::connect(endpoint_under_test());
    static_cast<void>(other.query_value<bool>("SELECT pg_terminate_backend($1)", backend));
    // Waits until the server's last message has arrived at the socket.
    while (!session_.is_closed_by_server()) {
        std::this_thread::yield();
    }
    EXPECT_FALSE(session_.is_open());
}

TEST_F(Connection, CopyAsAStatementIsRejectedAndDoesNotHang) {
    EXPECT_THROW(session_.execute("COPY (SELECT 1) TO STDOUT"), dsql::error);
    EXPECT_FALSE(session_.is_open());
}

TEST_F(Connection, TransactionsAreTracked) {
    EXPECT_TRUE(session_.is_idle());
    session_.execute("BEGIN");
    EXPECT_FALSE(session_.is_idle());
    session_.execute("ROLLBACK");
    EXPECT_TRUE(session_.is_idle());
}

TEST_F(Connection, CloseIsFinalAndIdempotent) {
    session_.close();
    session_.close();
    EXPECT_FALSE(session_.is_open());
    EXPECT_EQ(session_.native_handle(), nullptr);
    EXPECT_THROW(session_.execute("SELECT 1"), dsql::connection_error);
}

// NOLINTBEGIN(bugprone-use-after-move)
TEST_F(Connection, AfterAMoveTheOldObjectsAreErrors) {
    connection from = dsql::connect(endpoint_under_test());
    connection to = std::move(from);
    EXPECT_THROW(from.execute("SELECT 1"), dsql::connection_error);
    EXPECT_THROW(static_cast<void>(from.begin()), dsql::connection_error);
    EXPECT_THROW(static_cast<void>(from.prepare("SELECT 1")), dsql::connection_error);
    EXPECT_THROW(static_cast<void>(from.stream<int>("SELECT 1")), dsql::connection_error);
    EXPECT_THROW(from.set_notice_handler({}), dsql::connection_error);
    to.execute("CREATE TEMP TABLE moved (n int)");
    dsql::copy_writer writing = to.copy_in({.table = "moved"});
    dsql::copy_writer written = std::move(writing);
    EXPECT_THROW(writing.row(1), dsql::error);
    EXPECT_THROW(writing.finish(), dsql::error);
    written.row(1);
    EXPECT_EQ(written.finish(), 1);
    auto stream = to.stream<int>("SELECT 1");
    auto streamed = std::move(stream);
    EXPECT_THROW(static_cast<void>(stream.begin()), dsql::error);
    stream.close();
    EXPECT_EQ(std::get<0>(*streamed.begin()), 1);
}
// NOLINTEND(bugprone-use-after-move)

TEST_F(Connection, AnOverlongLimitIsClamped) {
    connection session = dsql::connect(endpoint_under_test());
    EXPECT_EQ(session.query_value<int>(dsql::within{std::chrono::hours(9'999'999)}, "SELECT 1"), 1);
    EXPECT_THROW(session.execute(dsql::within{std::chrono::hours(-9'999'999)}, "SELECT 1"),
                 dsql::timeout_error);
}

TEST(Connect, AConnectionStringIsEnough) {
    connection session =
        dsql::connect("postgres://admin@" + required_variable("CLUSTER_ENDPOINT") + "/postgres");
    EXPECT_EQ(session.query_value<std::string>("SELECT current_user"), "admin");
    EXPECT_EQ(session.query_value<std::string>("SHOW application_name"),
              "aurora-dsql-cpp-libpq/0.1.0");
}

TEST(Connect, TheClusterIdentifierIsEnough) {
    dsql::config settings = endpoint_under_test();
    settings.host = settings.host.substr(0, settings.host.find('.'));
    settings.orm_prefix = "orm";
    ASSERT_EQ(settings.host.size(), 26U);
    connection session = dsql::connect(settings);
    EXPECT_EQ(session.query_value<std::string>("SHOW application_name"),
              "orm:aurora-dsql-cpp-libpq/0.1.0");
}

TEST(Connect, ANonAdminRoleUsesItsOwnAction) {
    connection admin = dsql::connect(endpoint_under_test());
    admin.execute("DROP ROLE IF EXISTS app");
    admin.execute("CREATE ROLE app WITH LOGIN");
    admin.execute("AWS IAM GRANT app TO 'arn:aws:iam::123456789012:role/app'");
    dsql::config settings = endpoint_under_test();
    settings.user = "app";
    EXPECT_EQ(dsql::connect(settings).query_value<std::string>("SELECT current_user"), "app");
}

}  // namespace connection_test
