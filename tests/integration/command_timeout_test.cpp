// SPDX-License-Identifier: Apache-2.0
// command_timeout, the limit of calls without a deadline, with a server that stalls.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/fault_injection.hpp"
#include "support/stalling_relay.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace command_timeout_test {

using namespace std::chrono_literals;
using dsql::connection;

class CommandTimeout : public testing::Test {
protected:
    connection connect(std::chrono::milliseconds timeout) {
        dsql::config settings = endpoint_under_test();
        settings.port = relay_.port();
        settings.command_timeout = timeout;
        return dsql::connect(settings);
    }

    // Holds back everything that the server sends from now on.
    void stall() { relay_.stall_after(stalling_relay::to_client, 0); }

    void expect_timeout(const std::function<void(connection&)>& call) {
        connection session = connect(50ms);
        stall();
        EXPECT_THROW(call(session), dsql::timeout_error);
        EXPECT_FALSE(session.is_open());
    }

    stalling_relay relay_{std::stoi(required_variable("DSQL_PORT"))};
};

TEST_F(CommandTimeout, AppliesToEveryCall) {
    dsql::batch batch;
    batch.add("SELECT 1");
    expect_timeout([](connection& session) { session.execute("SELECT 1"); });
    expect_timeout([](connection& session) { static_cast<void>(session.prepare("SELECT 1")); });
    expect_timeout([&](connection& session) { static_cast<void>(session.run(batch)); });
    expect_timeout([](connection& session) { static_cast<void>(session.begin()); });
    expect_timeout([](connection& session) {
        auto rows = session.stream<int>("SELECT 1");
        static_cast<void>(rows.begin());
    });
    expect_timeout(
        [](connection& session) { static_cast<void>(session.copy_in("COPY t FROM STDIN")); });
    expect_timeout([](connection& session) {
        session.copy_out_to("COPY (SELECT 1) TO STDOUT", [](std::string_view) {});
    });
}

TEST_F(CommandTimeout, AppliesToACommitAndMakesItUnknown) {
    connection session = connect(50ms);
    dsql::transaction transaction = session.begin(dsql::within{1h});
    stall();
    EXPECT_THROW(transaction.commit(), dsql::commit_unknown_error);
    EXPECT_FALSE(session.is_open());
}

TEST_F(CommandTimeout, ComesFromTheConnectionStringInSeconds) {
    connection session = dsql::connect("host=" + required_variable("CLUSTER_ENDPOINT") + " port=" +
                                       std::to_string(relay_.port()) + " command_timeout=1");
    EXPECT_EQ(session.query_value<int>("SELECT 1"), 1);
    stall();
    EXPECT_THROW(session.execute("SELECT 1"), dsql::timeout_error);
}

TEST_F(CommandTimeout, ALongerLimitOfTheCallOverridesIt) {
    connection session = connect(1ms);
    EXPECT_EQ(session.query_value<int>(dsql::within{1h}, "SELECT 1 FROM pg_sleep(0.1)"), 1);
}

TEST_F(CommandTimeout, AShorterLimitOfTheCallOverridesIt) {
    connection session = connect(1h);
    stall();
    EXPECT_THROW(session.execute(dsql::within{50ms}, "SELECT 1"), dsql::timeout_error);
}

TEST_F(CommandTimeout, AppliesTogetherWithAStopToken) {
    connection session = connect(50ms);
    const std::stop_source never;
    stall();
    EXPECT_THROW(session.execute(never.get_token(), "SELECT 1"), dsql::timeout_error);
}

// Ten rows that take 300 ms each. PostgreSQL sends a row of more than 8 KiB at once.
constexpr const char* slow_rows =
    "SELECT repeat('x', 20000) || pg_sleep(0.3)::text FROM generate_series(1, 10)";

TEST_F(CommandTimeout, AppliesToEachWaitOfAStreamOrCopy) {
    connection session = connect(2s);
    int rows = 0;
    for (const auto& [text] : session.stream<std::string_view>(slow_rows)) {
        rows += text.empty() ? 0 : 1;
    }
    EXPECT_EQ(rows, 10);
    EXPECT_EQ(session.copy_out_to("COPY (" + std::string(slow_rows) + ") TO STDOUT",
                                  [](std::string_view) {}),
              10);
    EXPECT_THROW(static_cast<void>(session.query(slow_rows)), dsql::timeout_error)
        << "for a statement it counts as a whole";
}

TEST_F(CommandTimeout, AppliesToAWaitInTheMiddleOfAStreamOrCopy) {
    const std::string stalls =
        "SELECT repeat('x', 10000) FROM generate_series(1, 100) n "
        "WHERE n <= 20 OR pg_sleep(3600) IS NOT NULL";
    connection streaming = connect(500ms);
    int rows = 0;
    EXPECT_THROW(
        for (const auto& [text]
             : streaming.stream<std::string_view>(stalls)) { rows += text.empty() ? 0 : 1; },
        dsql::timeout_error);
    EXPECT_GE(rows, 8);
    EXPECT_FALSE(streaming.is_open());
    connection copying = connect(500ms);
    EXPECT_THROW(copying.copy_out_to("COPY (" + stalls + ") TO STDOUT", [](std::string_view) {}),
                 dsql::timeout_error);
    EXPECT_FALSE(copying.is_open());
}

// `prepare` sends two messages, to prepare and to describe the statement: two round trips of 400 ms
// each.
TEST_F(CommandTimeout, AppliesToAllRoundTripsOfACallTogether) {
    connection session = connect(600ms);
    const fault_injection faults;
    faults.set("delay value=400");
    EXPECT_THROW(static_cast<void>(session.prepare("SELECT $1::int")), dsql::timeout_error);
}

}  // namespace command_timeout_test
