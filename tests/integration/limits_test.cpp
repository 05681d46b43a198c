// SPDX-License-Identifier: Apache-2.0
// Deadlines and stop tokens with a server that stalls at each stage of a call.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/stalling_relay.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

namespace limits_test {

using namespace std::chrono_literals;
using dsql::call_limits;
using dsql::connection;

int endpoint_port() {
    return std::stoi(required_variable("DSQL_PORT"));
}

dsql::config through(const stalling_relay& relay) {
    dsql::config settings = endpoint_under_test();
    settings.port = relay.port();
    return settings;
}

struct stage {
    const char* name;
    stalling_relay::direction stalled;
    std::size_t after;  // bytes
    std::function<void(connection&, const call_limits&)> call;
};

void copy_much_in(connection& session, const call_limits& limits) {
    dsql::copy_writer copy = session.copy_in(limits, "COPY stalled FROM STDIN");
    const std::string line(1000, 'x');
    for (int i = 0; i < 100'000; ++i) {
        copy.write(line);
        copy.write("\n");
    }
    static_cast<void>(copy.finish());
}

// The large value is made once, before the calls whose deadline must pass while it is sent.
const std::string& large_text() {
    static const std::string made(20'000'000, 'x');
    return made;
}

const dsql::batch& large_batch() {
    static const dsql::batch made = [] {
        dsql::batch statements;
        const std::string text(10'000, 'x');
        for (int i = 0; i < 2'000; ++i) {
            statements.add("SELECT $1", text);
        }
        return statements;
    }();
    return made;
}

void run_large_batch(connection& session, const call_limits& limits) {
    static_cast<void>(session.run(limits, large_batch()));
}

void stream_much(connection& session, const call_limits& limits) {
    for (const auto& [number] :
         session.stream<int>(limits, "SELECT n FROM generate_series(1, 1000000) n")) {
        static_cast<void>(number);
    }
}

void copy_much_out(connection& session, const call_limits& limits) {
    session.copy_out_to(limits, "COPY (SELECT generate_series(1, 1000000)) TO STDOUT",
                        [](std::string_view) {});
}

const stage stages[] = {
    {"BeforeTheReply", stalling_relay::to_client, 0,
     [](connection& session, const call_limits& limits) {
         session.execute(limits, "SELECT 1");
     }},
    {"InMidRow", stalling_relay::to_client, 100'000,
     [](connection& session, const call_limits& limits) {
         session.execute(limits, "SELECT repeat('x', 1000000)");
     }},
    {"InMidParameter", stalling_relay::to_server, 100'000,
     [](connection& session, const call_limits& limits) {
         session.execute(limits, "SELECT length($1)", large_text());
     }},
    {"InMidStream", stalling_relay::to_client, 1'000'000, stream_much},
    {"InMidCopyIn", stalling_relay::to_server, 1'000'000, copy_much_in},
    {"InMidCopyOut", stalling_relay::to_client, 1'000'000, copy_much_out},
    {"InMidBatchTowardsTheServer", stalling_relay::to_server, 1'000'000, run_large_batch},
    {"InMidBatchTowardsTheClient", stalling_relay::to_client, 1'000'000, run_large_batch},
    {"AtBegin", stalling_relay::to_client, 0,
     [](connection& session, const call_limits& limits) {
         static_cast<void>(session.begin(limits));
     }},
    {"AtPrepare", stalling_relay::to_client, 0,
     [](connection& session, const call_limits& limits) {
         static_cast<void>(session.prepare(limits, "SELECT 1"));
     }},
};

class Stalled : public testing::TestWithParam<stage> {
protected:
    static void SetUpTestSuite() {
        dsql::connect(endpoint_under_test())
            .execute("CREATE TABLE IF NOT EXISTS stalled (line text)");
        static_cast<void>(large_text());
        static_cast<void>(large_batch());
    }
};

// Expects an error of a class, a closed connection, and a pool of one connection that serves the
// next caller.
template <class Error>
void expect_limit_error(const stage& at,
                        const std::function<call_limits(stalling_relay&)>& limits) {
    stalling_relay relay(endpoint_port());
    dsql::pool pool(through(relay), {.max_connections = 1});
    {
        const dsql::pooled_connection session = pool.acquire();
        relay.stall_after(at.stalled, at.after);
        try {
            at.call(*session, limits(relay));
            FAIL() << "nothing struck";
        } catch (const Error& failure) {
            EXPECT_TRUE(failure.statement_may_have_run());
            EXPECT_NE(std::string_view(failure.what()).find("may have run"), std::string::npos);
        }
        EXPECT_FALSE(session->is_open());
    }
    EXPECT_EQ(pool.query_value<int>("SELECT 1"), 1);
}

TEST_P(Stalled, ADeadlineClosesTheConnectionAndThePoolServesTheNext) {
    expect_limit_error<dsql::timeout_error>(
        GetParam(), [](stalling_relay&) { return call_limits(dsql::within{500ms}); });
}

TEST_P(Stalled, AStopClosesTheConnectionAndThePoolServesTheNext) {
    std::stop_source source;
    std::jthread stopper;
    expect_limit_error<dsql::cancelled_error>(GetParam(), [&](stalling_relay& relay) {
        stopper = std::jthread([&relay, &source, at = GetParam()] {
            relay.wait_until_stalled(at.stalled);
            source.request_stop();
        });
        return call_limits(source.get_token());
    });
}

INSTANTIATE_TEST_SUITE_P(Stages, Stalled, testing::ValuesIn(stages),
                         [](const testing::TestParamInfo<stage>& one) { return one.param.name; });

TEST(Limits, ACommitWithoutAResultIsUnknown) {
    stalling_relay relay(endpoint_port());
    connection session = dsql::connect(through(relay));
    dsql::transaction transaction = session.begin();
    transaction.execute("SELECT 1");
    relay.stall_after(stalling_relay::to_client, 0);
    EXPECT_THROW(transaction.commit(dsql::within{500ms}), dsql::commit_unknown_error);
    EXPECT_FALSE(transaction.is_active());
    EXPECT_FALSE(session.is_open());
}

TEST(Limits, ACommitOnALostConnectionIsUnknown) {
    stalling_relay relay(endpoint_port());
    connection session = dsql::connect(through(relay));
    dsql::transaction transaction = session.begin();
    relay.stall_after(stalling_relay::to_client, 0);
    std::jthread cutter([&] {
        relay.wait_until_stalled(stalling_relay::to_client);
        relay.cut();
    });
    EXPECT_THROW(transaction.commit(), dsql::commit_unknown_error);
}

TEST(Limits, ADeadlineThatHasPassedSendsNothing) {
    connection session = dsql::connect(endpoint_under_test());
    try {
        session.execute(dsql::within{-1ms}, "SELECT 1");
        FAIL() << "it was sent";
    } catch (const dsql::timeout_error& failure) {
        EXPECT_FALSE(failure.statement_may_have_run());
        EXPECT_NE(std::string_view(failure.what()).find("has not run"), std::string::npos);
    }
    EXPECT_EQ(session.query_value<int>("SELECT 1"), 1) << "the connection is as it was";
}

TEST(Limits, AStopBeforeTheCallSendsNothing) {
    connection session = dsql::connect(endpoint_under_test());
    std::stop_source source;
    source.request_stop();
    try {
        session.execute({dsql::within{1h}, source.get_token()}, "SELECT 1");
        FAIL() << "it was sent";
    } catch (const dsql::cancelled_error& failure) {
        EXPECT_FALSE(failure.statement_may_have_run());
    }
    EXPECT_EQ(session.query_value<int>(dsql::within{1h}, "SELECT 1"), 1);
}

TEST(Limits, CommandTimeoutAppliesToCallsWithoutALimit) {
    stalling_relay relay(endpoint_port());
    dsql::config settings = through(relay);
    settings.command_timeout = 500ms;
    connection session = dsql::connect(settings);
    relay.stall_after(stalling_relay::to_client, 0);
    EXPECT_THROW(session.execute("SELECT 1"), dsql::timeout_error);
}

TEST(Limits, OneDeadlineCanApplyToSeveralCalls) {
    connection session = dsql::connect(endpoint_under_test());
    const call_limits limits(dsql::within{1h});
    EXPECT_EQ(session.query_value<int>(limits, "SELECT 1"), 1);
    EXPECT_EQ(session.query_one<int>(limits, "SELECT 2"), 2);
    EXPECT_EQ(session.query_all<int>(limits, "SELECT 3").size(), 1U);
    EXPECT_EQ(session.query<int>(limits, "SELECT 4").size(), 1);
}

TEST(Limits, ADeadlineIncludesTheWaitForAConnection) {
    dsql::pool pool(endpoint_under_test(), {.max_connections = 1});
    const dsql::pooled_connection only = pool.acquire();
    const std::string message = thrown_message<dsql::timeout_error>(
        [&] { return pool.query_value<int>(dsql::within{50ms}, "SELECT 1"); });
    EXPECT_NE(message.find("acquire: no connection within"), std::string::npos) << message;
}

}  // namespace limits_test
