// SPDX-License-Identifier: Apache-2.0
// The examples, run as their reader would run them.
#include "support/command.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace {

void expect_lines(const std::string& program, std::initializer_list<const char*> lines) {
    const command_result done = run_command(program);
    EXPECT_EQ(done.status, 0) << done.errors;
    for (const char* const line : lines) {
        EXPECT_NE(done.output.find(line), std::string::npos) << line << "\nin\n" << done.output;
    }
}

TEST(Examples, TracingWritesASpanForEachStep) {
    expect_lines(DSQL_EXAMPLE_TRACING,
                 {"name=\"connect\"", "name=\"sign token\"", "name=\"acquire\"",
                  "status=OK db.system.name=postgresql db.query.text=\"SELECT $1::int + 1\""});
}

TEST(Examples, MetricsWritesWhatPrometheusReads) {
    expect_lines(DSQL_EXAMPLE_METRICS,
                 {"# TYPE dsql_pool_connections_idle gauge\ndsql_pool_connections_idle 1\n",
                  "# TYPE dsql_statements_total counter\ndsql_statements_total 10\n",
                  "dsql_pool_acquires_total 10\n", "dsql_token_refreshes_total 1\n"});
}

TEST(Examples, OccRetryMovesMoneyOnce) {
    expect_lines(DSQL_EXAMPLE_OCC_RETRY, {"applied\n", "sum 200, retries "});
    expect_lines(DSQL_EXAMPLE_OCC_RETRY, {"had been applied before\n", "sum 200, retries "});
}

}  // namespace
