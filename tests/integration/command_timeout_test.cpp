// SPDX-License-Identifier: Apache-2.0
// The default limit of calls that have none of their own, over a server that stalls.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
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

    // All that is said to the client from now on is held back.
    void stall() { relay_.stall_after(stalling_relay::to_client, 0); }

    void expect_timeout(const std::function<void(connection&)>& call) {
        connection session = connect(50ms);
        stall();
        EXPECT_THROW(call(session), dsql::timeout_error);
        EXPECT_FALSE(session.is_open());
    }

    stalling_relay relay_{std::stoi(required_variable("DSQL_PORT"))};
};

TEST_F(CommandTimeout, CountsForEveryCall) {
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

TEST_F(CommandTimeout, CountsForACommitWhoseOutcomeIsThenUnknown) {
    connection session = connect(50ms);
    dsql::transaction transaction = session.begin();
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

TEST_F(CommandTimeout, GivesWayToALongerLimitOfTheCalls) {
    connection session = connect(1ms);
    EXPECT_EQ(session.query_value<int>(dsql::within{1h}, "SELECT 1 FROM pg_sleep(0.1)"), 1);
}

TEST_F(CommandTimeout, GivesWayToAShorterLimitOfTheCalls) {
    connection session = connect(1h);
    stall();
    EXPECT_THROW(session.execute(dsql::within{50ms}, "SELECT 1"), dsql::timeout_error);
}

TEST_F(CommandTimeout, CountsBesideAStopToken) {
    connection session = connect(50ms);
    const std::stop_source never;
    stall();
    EXPECT_THROW(session.execute(never.get_token(), "SELECT 1"), dsql::timeout_error);
}

}  // namespace command_timeout_test
