// SPDX-License-Identifier: Apache-2.0
// When a deadline has passed or a stop was requested before anything was sent, the call has not run
// and the connection is unchanged. This holds for every call.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace limits_unsent_test {

using namespace std::chrono_literals;
using dsql::call_limits;
using dsql::connection;

struct call {
    const char* name;
    std::function<void(connection&, const call_limits&)> run;
};

const call calls[] = {
    {"Query",
     [](connection& session, const call_limits& limits) {
         session.query(limits, "SELECT 1");
     }},
    {"QueryOne",
     [](connection& session, const call_limits& limits) {
         static_cast<void>(session.query_one<int>(limits, "SELECT 1"));
     }},
    {"Prepare",
     [](connection& session, const call_limits& limits) {
         static_cast<void>(session.prepare(limits, "SELECT 1"));
     }},
    {"Batch",
     [](connection& session, const call_limits& limits) {
         dsql::batch batch;
         batch.add("SELECT 1");
         static_cast<void>(session.run(limits, batch));
     }},
    {"Begin",
     [](connection& session, const call_limits& limits) {
         static_cast<void>(session.begin(limits));
     }},
    {"Stream",
     [](connection& session, const call_limits& limits) {
         static_cast<void>(session.stream<int>(limits, "SELECT 1"));
     }},
    {"CopyIn",
     [](connection& session, const call_limits& limits) {
         static_cast<void>(session.copy_in(limits, "COPY t FROM STDIN"));
     }},
    {"CopyInBinary",
     [](connection& session, const call_limits& limits) {
         static_cast<void>(
             session.copy_in(limits, {.table = "t", .format = dsql::copy_format::binary}));
     }},
    {"CopyOut",
     [](connection& session, const call_limits& limits) {
         static_cast<void>(session.copy_out<int>(limits, {.table = "t"}));
     }},
    {"CopyOutTo",
     [](connection& session, const call_limits& limits) {
         session.copy_out_to(limits, "COPY t TO STDOUT", [](std::string_view) {});
     }},
};

class Unsent : public testing::TestWithParam<call> {
protected:
    template <class Error>
    void expect_unsent(const call_limits& limits, std::string_view why) {
        const int backend = session_.query_value<int>("SELECT pg_backend_pid()");
        try {
            GetParam().run(session_, limits);
            FAIL() << "it was sent";
        } catch (const Error& failure) {
            EXPECT_FALSE(failure.statement_may_have_run());
            EXPECT_TRUE(std::string_view(failure.what()).starts_with(why)) << failure.what();
            EXPECT_NE(std::string_view(failure.what()).find("limits_unsent_test.cpp:"),
                      std::string_view::npos)
                << failure.what();
        }
        EXPECT_TRUE(session_.is_idle());
        EXPECT_EQ(session_.query_value<int>("SELECT pg_backend_pid()"), backend);
    }

    connection session_ = dsql::connect(endpoint_under_test());
};

TEST_P(Unsent, ADeadlineThatHasPassed) {
    constexpr std::string_view why =
        "the deadline had passed before the statement was sent; it has not run";
    expect_unsent<dsql::timeout_error>(dsql::within{0ms}, why);
    expect_unsent<dsql::timeout_error>(dsql::within{std::chrono::nanoseconds::min()}, why);
}

TEST_P(Unsent, ATokenThatIsStopped) {
    std::stop_source source;
    source.request_stop();
    constexpr std::string_view why = "stopped before the statement was sent; it has not run";
    expect_unsent<dsql::cancelled_error>(source.get_token(), why);
    expect_unsent<dsql::cancelled_error>({dsql::within{1h}, source.get_token()}, why);
}

INSTANTIATE_TEST_SUITE_P(Calls, Unsent, testing::ValuesIn(calls),
                         [](const testing::TestParamInfo<call>& one) { return one.param.name; });

TEST(UnsentCommit, LeavesTheTransactionUnchanged) {
    connection session = dsql::connect(endpoint_under_test());
    session.execute("CREATE TEMP TABLE committed (id int)");
    dsql::transaction transaction = session.begin();
    transaction.execute("INSERT INTO committed VALUES (1)");
    EXPECT_THROW(transaction.commit(dsql::within{0ms}), dsql::timeout_error);
    EXPECT_TRUE(transaction.is_active());
    transaction.execute("INSERT INTO committed VALUES (2)");
    transaction.commit();
    EXPECT_EQ(session.query_value<int>("SELECT count(*)::int FROM committed"), 2);
}

TEST(UnsentEndOfCopy, CopiesNothing) {
    connection session = dsql::connect(endpoint_under_test());
    session.execute("CREATE TEMP TABLE copied (id int)");
    std::stop_source source;
    dsql::copy_writer writing =
        session.copy_in(source.get_token(), dsql::copy_target{.table = "copied"});
    writing.row(1);
    source.request_stop();
    try {
        writing.finish();
        ADD_FAILURE() << "it was stopped";
    } catch (const dsql::cancelled_error& failure) {
        EXPECT_FALSE(failure.statement_may_have_run());
        EXPECT_NE(std::string(failure.what()).find("nothing is copied"), std::string::npos);
    }
    EXPECT_EQ(session.query_value<int>("SELECT count(*)::int FROM copied"), 0);
}

TEST(UnsentPoolCall, ReturnsTheConnection) {
    dsql::pool pool(endpoint_under_test(), {.max_connections = 1});
    const int backend = pool.query_value<int>("SELECT pg_backend_pid()");
    std::stop_source source;
    source.request_stop();
    EXPECT_THROW(pool.execute(source.get_token(), "SELECT 1"), dsql::cancelled_error);
    EXPECT_THROW(pool.execute(dsql::within{0ms}, "SELECT 1"), dsql::timeout_error);
    EXPECT_EQ(pool.query_value<int>("SELECT pg_backend_pid()"), backend);
}

TEST(Limits, ADeadlineThatPassedInOneCallHasPassedForTheNext) {
    connection session = dsql::connect(endpoint_under_test());
    connection other = dsql::connect(endpoint_under_test());
    const call_limits limits(dsql::within{50ms});
    EXPECT_THROW(session.execute(limits, "SELECT pg_sleep(3600)"), dsql::timeout_error);
    EXPECT_THROW(other.execute(limits, "SELECT 1"), dsql::timeout_error);
    EXPECT_TRUE(other.is_open());
}

}  // namespace limits_unsent_test
