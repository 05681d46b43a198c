// SPDX-License-Identifier: Apache-2.0
// All examples that need nothing but an endpoint.
#include <dsql/dsql.hpp>

#include "examples/run_example.hpp"
#include "support/fault_injection.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>
#include <string>
#include <vector>

namespace {

struct example {
    std::string name{};
    std::vector<std::string> output{};  ///< in this order
    bool writes = false;                ///< so that it may meet conflicts
};

std::ostream& operator<<(std::ostream& out, const example& each) {
    return out << each.name;
}

const std::vector<example>& all_examples() {
    static const std::vector<example> examples = {
        {.name = "async_index",
         .output = {"  completed\n", "public.example_by_email completed\n", "  failed\n",
                    "not unique: job ", "has failed: could not create unique index"},
         .writes = true},
        {.name = "batch",
         .output = {"60 statements in one round trip\n", "maximum 25.9\n",
                    "minute 0: 20\nminute 1: 20.1\n",
                    "statement 60 failed, rows in the table: 60\n"},
         .writes = true},
        {.name = "c_transfer", .output = {"account 1 has 70, account 2 has 130\n"}, .writes = true},
        {.name = "connection_string",
         .output = {"by URL: admin\n", "by keywords: postgres\n", "token of 300 s: 42\n",
                    "refused: connection string: sslmode is always verify-full"}},
        {.name = "copy_bulk",
         .output = {"loaded 3000\n", "loaded 10000\n", "read 10000, sum of ids 50005000\n"},
         .writes = true},
        {.name = "event_loop_epoll",
         .output = {"100 queries on one thread, total 5050\n", "the deadline has ended a query\n"}},
        {.name = "manual_token", .output = {"logged in as admin over TLSv1.3\n"}},
        {.name = "metrics",
         .output = {"# TYPE dsql_pool_connections_idle gauge\ndsql_pool_connections_idle 1\n",
                    "dsql_pool_acquires_total 10\n", "dsql_token_refreshes_total 1\n",
                    "# TYPE dsql_statements_total counter\ndsql_statements_total 10\n"}},
        {.name = "pool_tuning",
         .output = {"warm: 4 idle\n", "refused: all 4 are at work\n", "answered: public\n",
                    "connections made 4, acquires given up 1\n"}},
        {.name = "preferred",
         .output = {"Connection pool with concurrent connections exercised successfully\n"}},
        {.name = "single_connection",
         .output = {"logged in as admin, PostgreSQL ", "3 squared is 9\n", "answer 42\n"}},
        {.name = "streaming",
         .output = {"rows 200000, bytes 9900000\n", "left at 3\n",
                    "the connection is free again\n"}},
        {.name = "struct_mapping",
         .output = {"Ada, 36, premium, since 2024\n", "Grace, of unknown age, basic, since 2025\n",
                    "Bob is not there\n"},
         .writes = true},
        {.name = "tracing",
         .output = {"name=\"sign token\"", "name=\"connect\"", "name=\"acquire\"",
                    "status=OK db.system.name=postgresql db.query.text=\"SELECT $1::int + 1\""}},
        {.name = "transaction",
         .output = {"ordered 3, left 7\n", "not ordered: 1 too few in stock\n",
                    "orders 1, in stock 7\n"},
         .writes = true},
#ifdef DSQL_HAS_ASIO
        {.name = "async_pipeline",
         .output = {"2000 readings converted\n", "the last one: 473.15 K\n"},
         .writes = true},
        {.name = "fan_out",
         .output = {"1000 queries over 8 connections: total 333833500 in ", " ms\n"}},
#endif
#ifdef DSQL_HAS_LIBPQXX
        {.name = "libpqxx",
         .output = {"hello 1\nworld 2\n", "handed over and back\n"},
         .writes = true},
#endif
#ifdef DSQL_HAS_LIBUV
        {.name = "event_loop_libuv",
         .output = {"100 queries on one thread, total 5050\n", "the deadline has ended a query\n"}},
#endif
    };
    return examples;
}

std::vector<std::string> tables_left_behind() {
    dsql::connection connection = dsql::connect({.host = std::getenv("CLUSTER_ENDPOINT")});
    return connection.query_all<std::string>(
        "SELECT tablename FROM pg_tables WHERE starts_with(tablename, 'example_')"
        " AND tablename <> 'example_accounts'");  // is kept by occ_retry
}

class Examples : public testing::TestWithParam<example> {};

TEST_P(Examples, PrintsWhatItHasDone) {
    expect_output(run_example(GetParam().name), GetParam().output);
    EXPECT_EQ(tables_left_behind(), std::vector<std::string>());
}

TEST_P(Examples, GetsOverConflicts) {
    if (!GetParam().writes) {
        return;
    }
    const fault_injection faults;
    faults.set("data-conflict times=2");
    expect_output(run_example(GetParam().name), GetParam().output);
    EXPECT_NE(faults.list().find("strikes=2"), std::string::npos) << faults.list();
}

TEST_P(Examples, SaysWhatIsMissing) {
    const std::string missing =
        GetParam().name == "preferred" ? "host is missing" : "Set CLUSTER_ENDPOINT to ";
    expect_error(run_example(GetParam().name, "-u CLUSTER_ENDPOINT"), missing);
}

TEST_P(Examples, SaysWhyItCannotLogIn) {
    const command_result done = run_example(GetParam().name, "AWS_SECRET_ACCESS_KEY=wrong");
    EXPECT_EQ(done.status, 1) << done.output;
    EXPECT_NE(done.errors.find("access denied"), std::string::npos) << done.errors;
}

// It has its own libpq, which by itself would take these.
TEST(ManualToken, NeedsNoVariableOfLibpqs) {
    expect_output(run_example("manual_token",
                              "-u PGHOST -u PGHOSTADDR -u PGPORT -u PGUSER -u PGDATABASE "
                              "-u PGSSLMODE -u PGSSLROOTCERT -u PGPASSWORD"),
                  {"logged in as admin over TLSv1.3\n"});
}

TEST(ManualToken, VerifiesTheCertificate) {
    expect_error(run_example("manual_token", "DSQL_SSL_ROOT_CERT=system"),
                 "certificate verify failed");
}

INSTANTIATE_TEST_SUITE_P(Each, Examples, testing::ValuesIn(all_examples()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
