// SPDX-License-Identifier: Apache-2.0
// Using one session through this library and through libpq.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace libpq_handle_test {

using namespace std::chrono_literals;
using dsql::connection;

struct finish {
    void operator()(PGconn* handle) const noexcept { PQfinish(handle); }
};
using raw_connection = std::unique_ptr<PGconn, finish>;

struct clear {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using raw_result = std::unique_ptr<PGresult, clear>;

// Connects by the PG* variables that `dsql-local run` sets.
raw_connection connect_by_libpq() {
    raw_connection handle(PQconnectdb(""));
    EXPECT_EQ(PQstatus(handle.get()), CONNECTION_OK) << PQerrorMessage(handle.get());
    return handle;
}

std::string value_by_libpq(PGconn* handle, const char* sql) {
    const raw_result result(PQexec(handle, sql));
    EXPECT_EQ(PQresultStatus(result.get()), PGRES_TUPLES_OK) << PQerrorMessage(handle);
    return PQgetvalue(result.get(), 0, 0);
}

constexpr const char* notice = "DO $$ BEGIN RAISE NOTICE 'hello'; END $$";

TEST(LibpqHandle, CanBeAdopted) {
    connection session = connection::adopt(connect_by_libpq().release());
    EXPECT_TRUE(session.is_open());
    EXPECT_TRUE(session.is_idle());
    EXPECT_FALSE(session.is_closed_by_server());
    EXPECT_EQ(session.query_value<std::string>("SELECT $1::text", "x"), "x");
    dsql::batch batch;
    batch.add("SELECT 1").add("SELECT 2");
    EXPECT_EQ(session.run(batch)[1].value<int>(), 2);
}

TEST(LibpqHandle, CanBeAdoptedWithOptions) {
    std::vector<std::string> notices;
    connection session = connection::adopt(
        connect_by_libpq().release(), {.command_timeout = 1h,
                                       .statement_cache_capacity = 0,
                                       .on_notice = [&](const dsql::server_error_fields& fields) {
                                           notices.push_back(fields.message);
                                       }});
    session.execute(notice);
    EXPECT_EQ(notices, std::vector<std::string>{"hello"});
    EXPECT_EQ(session.query_value<int>("SELECT count(*)::int FROM pg_prepared_statements"), 0);
}

TEST(LibpqHandle, AnInvalidOptionClosesTheHandle) {
    raw_connection handle = connect_by_libpq();
    const int backend = PQbackendPID(handle.get());
    const std::string message = thrown_message<dsql::config_error>(
        [&] { return connection::adopt(handle.release(), {.command_timeout = -1ms}); });
    EXPECT_EQ(message, "command_timeout is negative; 0 means none");
    connection other = dsql::connect(endpoint_under_test());
    while (other.query_value<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)",
                                   backend)) {
    }
}

TEST(LibpqHandle, NullBecomesAClosedConnection) {
    connection session = connection::adopt(nullptr);
    EXPECT_FALSE(session.is_open());
    EXPECT_FALSE(session.is_idle());
    EXPECT_TRUE(session.is_closed_by_server());
    EXPECT_EQ(session.native_handle(), nullptr);
    EXPECT_EQ(session.release(), nullptr);
    session.trace(nullptr);
    session.close();
    const std::string message =
        thrown_message<dsql::connection_error>([&] { return session.execute("SELECT 1"); });
    EXPECT_NE(message.find("the connection is closed"), std::string::npos) << message;
    EXPECT_THROW(static_cast<void>(session.begin()), dsql::connection_error);
    EXPECT_THROW(static_cast<void>(session.prepare("SELECT 1")), dsql::connection_error);
    EXPECT_THROW(static_cast<void>(session.stream<int>("SELECT 1")), dsql::connection_error);
    EXPECT_THROW(static_cast<void>(session.copy_in("COPY t FROM STDIN")), dsql::connection_error);
}

TEST(LibpqHandle, AReleasedHandleWorksWithLibpq) {
    connection session = dsql::connect(endpoint_under_test());
    const int backend = session.query_value<int>("SELECT pg_backend_pid()");
    const raw_connection handle(session.release());
    EXPECT_FALSE(session.is_open());
    EXPECT_EQ(session.native_handle(), nullptr);
    EXPECT_EQ(session.release(), nullptr);
    EXPECT_THROW(session.execute("SELECT 1"), dsql::connection_error);

    EXPECT_EQ(PQisnonblocking(handle.get()), 0);
    EXPECT_EQ(PQpipelineStatus(handle.get()), PQ_PIPELINE_OFF);
    EXPECT_EQ(PQtransactionStatus(handle.get()), PQTRANS_IDLE);
    EXPECT_EQ(value_by_libpq(handle.get(), "SELECT pg_backend_pid()"), std::to_string(backend));
    const std::string much = "SELECT repeat('x', 1000000)";
    EXPECT_EQ(value_by_libpq(handle.get(), much.c_str()).size(), 1'000'000U);
}

TEST(LibpqHandle, AReleasedHandleIsIdleAfterErrorsStreamsAndCopies) {
    connection session = dsql::connect(endpoint_under_test());
    EXPECT_THROW(session.execute("SELECT 1/0"), dsql::server_error);
    for (const auto& row : session.stream<int>("SELECT generate_series(1, 1000)")) {
        static_cast<void>(row);
        break;
    }
    session.copy_out_to("COPY (SELECT 1) TO STDOUT", [](std::string_view) {});
    const raw_connection handle(session.release());
    EXPECT_EQ(value_by_libpq(handle.get(), "SELECT 'clean'"), "clean");
}

TEST(LibpqHandle, AStreamEndsWithTheReleaseOfItsHandle) {
    connection session = dsql::connect(endpoint_under_test());
    auto rows = session.stream<int>("SELECT generate_series(1, 1000)");
    const raw_connection handle(session.release());
    EXPECT_THROW(static_cast<void>(rows.begin()), dsql::connection_error);
}

TEST(LibpqHandle, CanBeReleasedAndAdoptedRepeatedly) {
    connection session = dsql::connect(endpoint_under_test());
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(session.query_value<int>("SELECT $1::int", i), i);
        EXPECT_EQ(session.query_value<int>("SELECT $1::int", -i), -i);
        EXPECT_EQ(session.query_value<int>(session.prepare("SELECT $1::int + 1"), i), i + 1);
        session = connection::adopt(session.release());
    }
}

TEST(LibpqHandle, PreparedStatementsDoNotMoveWithTheHandle) {
    connection session = dsql::connect(endpoint_under_test());
    const dsql::statement prepared = session.prepare("SELECT 1");
    connection adopted = connection::adopt(session.release());
    EXPECT_THROW(adopted.execute(prepared), dsql::config_error);
}

TEST(LibpqHandle, NoticesAreIgnoredAfterTheReleaseUntilAHandlerIsSet) {
    int ours = 0;
    dsql::config settings = endpoint_under_test();
    settings.on_notice = [&](const dsql::server_error_fields&) {
        ++ours;
    };
    connection session = dsql::connect(settings);
    const raw_connection handle(session.release());

    testing::internal::CaptureStderr();
    raw_result(PQexec(handle.get(), notice));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");

    std::string heard;
    PQsetNoticeProcessor(
        handle.get(), [](void* to, const char* text) { *static_cast<std::string*>(to) += text; },
        &heard);
    raw_result(PQexec(handle.get(), notice));
    EXPECT_NE(heard.find("hello"), std::string::npos);
    EXPECT_EQ(ours, 0);
}

TEST(LibpqHandle, TheNativeHandleMayBeUsedBetweenCalls) {
    connection session = dsql::connect(endpoint_under_test());
    const dsql::statement prepared = session.prepare("SELECT $1::int");
    for (const int nonblocking : {0, 1, 0}) {
        PGconn* const handle = session.native_handle();
        ASSERT_EQ(PQsetnonblocking(handle, nonblocking), 0);
        EXPECT_EQ(value_by_libpq(handle, "SELECT 'raw'"), "raw");
        EXPECT_EQ(session.query_value<int>("SELECT $1::int", 1), 1);

        ASSERT_EQ(PQsetnonblocking(handle, nonblocking), 0);
        EXPECT_EQ(session.query_value<int>(prepared, 2), 2);

        ASSERT_EQ(PQsetnonblocking(handle, nonblocking), 0);
        dsql::batch batch;
        batch.add("SELECT 3");
        EXPECT_EQ(session.run(batch)[0].value<int>(), 3);

        ASSERT_EQ(PQsetnonblocking(handle, nonblocking), 0);
        int rows = 0;
        for (const auto& row : session.stream<int>("SELECT generate_series(1, 600)")) {
            static_cast<void>(row);
            ++rows;
        }
        EXPECT_EQ(rows, 600);

        ASSERT_EQ(PQsetnonblocking(handle, nonblocking), 0);
        session.copy_out_to("COPY (SELECT 1) TO STDOUT", [](std::string_view) {});
        EXPECT_EQ(value_by_libpq(handle, "SELECT 'raw'"), "raw");
    }
}

TEST(LibpqHandle, ATransactionBegunWithTheNativeHandleIsNoticed) {
    connection session = dsql::connect(endpoint_under_test());
    raw_result(PQexec(session.native_handle(), "BEGIN"));
    EXPECT_FALSE(session.is_idle());
    EXPECT_THROW(static_cast<void>(session.begin()), dsql::error);
    raw_result(PQexec(session.native_handle(), "ROLLBACK"));
    EXPECT_TRUE(session.is_idle());
    session.begin().commit();
}

TEST(LibpqHandle, StatementsDeallocatedThroughTheNativeHandleArePreparedAgain) {
    connection session = dsql::connect(endpoint_under_test());
    EXPECT_EQ(session.query_value<int>("SELECT $1::int", 1), 1);
    raw_result(PQexec(session.native_handle(), "DEALLOCATE ALL"));
    EXPECT_EQ(session.query_value<int>("SELECT $1::int", 2), 2);
}

TEST(LibpqHandle, AHandleInPipelineModeIsAnError) {
    connection session = dsql::connect(endpoint_under_test());
    session.execute("SELECT 1");
    ASSERT_EQ(PQenterPipelineMode(session.native_handle()), 1);
    EXPECT_FALSE(session.is_idle());
    for (const char* sql : {"SELECT 1", "SELECT 2", "SHOW TimeZone"}) {
        EXPECT_NE(
            thrown_message<dsql::error>([&] { return session.execute(sql); }).find("pipeline mode"),
            std::string::npos)
            << sql;
    }
    EXPECT_THROW(static_cast<void>(session.prepare("SELECT 3")), dsql::error);
    EXPECT_THROW(static_cast<void>(session.run(dsql::batch().add("SELECT 1"))), dsql::error);
    EXPECT_THROW(static_cast<void>(session.begin()), dsql::error);
    ASSERT_EQ(PQexitPipelineMode(session.native_handle()), 1);
    EXPECT_EQ(session.query_value<int>("SELECT 1"), 1);
}

}  // namespace libpq_handle_test
