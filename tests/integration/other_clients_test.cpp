// SPDX-License-Identifier: Apache-2.0
// dsql-local and tokens of this library with other PostgreSQL clients.
#include "integration/endpoint_under_test.hpp"
#include "support/command.hpp"

#include <gtest/gtest.h>

#include <ostream>
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

// The steps of docs/dsql-local.md.
TEST(OtherClients, PsqlAsAnotherUserOfDsqlLocal) {
    if (!succeeds("command -v psql")) {
        GTEST_SKIP() << "psql is not installed";
    }
    const command_result result =
        run_command(DSQL_LOCAL_PROGRAM " run --user app -- sh -c '" DSQL_COMMAND
                                       " psql --host $CLUSTER_ENDPOINT --user admin -- -q"
                                       " -c \"CREATE ROLE app WITH LOGIN\""
                                       " -c \"AWS IAM GRANT app TO \\$\\$arn\\$\\$\""
                                       " -c \"CREATE SCHEMA app\""
                                       " -c \"GRANT USAGE, CREATE ON SCHEMA app TO app\" &&"
                                       " psql -X -A -t -q -c \"CREATE TABLE app.mine (id int)\""
                                       " -c \"SELECT current_user\"'");
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(result.output, "app\n");
}

// A script in tests/sdk_tokens, which prints a token for the endpoint that `dsql-local run` has put
// into the environment. tests/vectors/sdk_tokens.json has tokens of the SDKs that are not
// installed.
struct sdk {
    const char* name;
    const char* is_installed;
    const char* command;
};

void PrintTo(const sdk& printed, std::ostream* out) {
    *out << printed.name;
}

class TokensOfSdks : public testing::TestWithParam<sdk> {
protected:
    void SetUp() override {
        if (!succeeds("command -v psql") || !succeeds(GetParam().is_installed)) {
            GTEST_SKIP() << "psql or the SDK is not installed";
        }
    }

    static command_result log_in(const std::string& user) {
        return run_command("export CLUSTER_USER=" + user +
                           " NODE_PATH=" DSQL_NODE_PATH "; PGUSER=$CLUSTER_USER PGPASSWORD=$(" +
                           std::string(GetParam().command) +
                           ") psql -X -A -t -c 'SELECT current_user'");
    }
};

TEST_P(TokensOfSdks, AreAccepted) {
    const command_result result = log_in("admin");
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(result.output, "admin\n");
}

INSTANTIATE_TEST_SUITE_P(
    Installed, TokensOfSdks,
    testing::Values(sdk{"Python", "/usr/bin/python3 -c 'import botocore'",
                        "/usr/bin/python3 " DSQL_SDK_SCRIPTS "/botocore_token.py"},
                    sdk{"Ruby", "/usr/bin/ruby -e 'require \"aws-sigv4\"'",
                        "/usr/bin/ruby " DSQL_SDK_SCRIPTS "/ruby_token.rb"},
                    sdk{"JavaScript",
                        "NODE_PATH=" DSQL_NODE_PATH " node -e 'require(\"@aws-sdk/dsql-signer\")'",
                        "node " DSQL_SDK_SCRIPTS "/javascript_token.cjs"}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace other_clients_test
