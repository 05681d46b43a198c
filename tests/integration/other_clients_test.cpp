// SPDX-License-Identifier: Apache-2.0
// dsql-local and our tokens with clients that are not ours.
#include "integration/endpoint_under_test.hpp"
#include "support/command.hpp"

#include <gtest/gtest.h>

#include <string>

namespace other_clients_test {

bool succeeds(const std::string& command_line) {
    return run_command(command_line).status == 0;
}

TEST(OtherClients, PsqlWithTheEnvironmentOfDsqlLocal) {
    if (!succeeds("command -v psql")) {
        GTEST_SKIP() << "psql is not installed";
    }
    const command_result result = run_command("psql -X -A -t -c 'SELECT 6 * 7'");
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(result.output, "42\n");
}

TEST(OtherClients, PsqlWithATokenOfTheDsqlCommand) {
    if (!succeeds("command -v psql")) {
        GTEST_SKIP() << "psql is not installed";
    }
    const command_result result = run_command("PGPASSWORD=$(" DSQL_COMMAND
                                              " token --host $CLUSTER_ENDPOINT) "
                                              "psql -X -A -t -c 'SELECT current_user'");
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(result.output, "admin\n");
}

TEST(OtherClients, PythonsAsyncpgWithATokenOfTheDsqlCommand) {
    if (!succeeds("/usr/bin/python3 -c 'import asyncpg'")) {
        GTEST_SKIP() << "python3-asyncpg is not installed";
    }
    const command_result result =
        run_command("/usr/bin/python3 " DSQL_ASYNCPG_CLIENT " \"$(" DSQL_COMMAND
                    " token --host localhost --region $AWS_REGION)\"");
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(result.output, "42\n");
}

}  // namespace other_clients_test
