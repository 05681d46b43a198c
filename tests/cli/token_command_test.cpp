// SPDX-License-Identifier: Apache-2.0
#include "support/command.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <sstream>
#include <string>
#include <vector>

namespace token_command_test {

class TokenCommand : public testing::Test {
protected:
    TokenCommand() {
        environment_.clear();
        environment_.unset("CLUSTER_ENDPOINT");
        environment_.set("AWS_ACCESS_KEY_ID", "akid");
        environment_.set("AWS_SECRET_ACCESS_KEY", "secret");
    }

    static command_result dsql(const std::string& arguments) {
        return run_command(std::string(DSQL_COMMAND) + " " + arguments);
    }

    scoped_environment environment_;
};

TEST_F(TokenCommand, PrintsTheTokenAndNothingElse) {
    const auto result = dsql(
        "token --host Peccy.dsql.us-east-1.on.aws --user app --expires-in 450 "
        "--at 2024-08-27T00:00:00Z");
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(
        result.output,
        "peccy.dsql.us-east-1.on.aws/?Action=DbConnect&X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=akid%2F20240827%2Fus-east-1%2Fdsql%2Faws4_request"
        "&X-Amz-Date=20240827T000000Z&X-Amz-Expires=450&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=f5f2ad764ca5df44045d4ab6ccecba0eef941b0007e5765885a0b6ed3702a3f8\n");
    EXPECT_EQ(result.errors, "");
}

TEST_F(TokenCommand, DefaultsToAdminAnd900Seconds) {
    const auto result = dsql("token --host peccy.dsql.us-east-1.on.aws");
    EXPECT_NE(result.output.find("Action=DbConnectAdmin&"), std::string::npos);
    EXPECT_NE(result.output.find("X-Amz-Expires=900&"), std::string::npos);
}

TEST_F(TokenCommand, FailuresGoToStandardErrorWithStatus1) {
    for (const char* arguments :
         {"token --host localhost", "token --host 127.0.0.1 --region us-east-1",
          "token --host x.dsql.us-east-1.on.aws --region eu-west-1",
          "token --host x.dsql.us-east-1.on.aws --profile nosuch"}) {
        const auto result = dsql(arguments);
        EXPECT_EQ(result.status, 1) << arguments;
        EXPECT_EQ(result.output, "") << arguments;
        EXPECT_EQ(result.errors.find("dsql: "), 0U) << result.errors;
    }
}

// By a shell's <(command), written slowly.
TEST_F(TokenCommand, TakesCredentialsOutOfAPipe) {
    environment_.unset("AWS_ACCESS_KEY_ID");
    environment_.unset("AWS_SECRET_ACCESS_KEY");
    for (const char* variable : {"AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"}) {
        const temporary_file script(
            std::string(variable) +
            "=<(printf '[default]\\naws_access_key_id=AKIAPIPE\\n'; sleep 0.2; "
            "printf 'aws_secret_access_key=s\\n') "
            "exec " DSQL_COMMAND " token --host x.dsql.us-east-1.on.aws\n");
        const auto result = run_command("bash " + script.path());
        EXPECT_NE(result.output.find("X-Amz-Credential=AKIAPIPE"), std::string::npos)
            << variable << ": " << result.errors;
    }
}

TEST_F(TokenCommand, WrongUsageHasStatus2) {
    for (const char* arguments :
         {"", "tokens", "token", "token --host h --port 5", "token --host h --expires-in 0",
          "token --host h --expires-in 604801", "token --host h --expires-in x",
          "token --host h --at yesterday", "token --host h --at 2024-13-01T00:00:00Z",
          "token --host h --at 2024-02-30T00:00:00Z", "token --host h --at '2026-01-02T 3:+4:05Z'",
          "token --host h --at=-026-01-02T03:04:05Z", "token --host h --at 9999-01-01T00:00:00Z",
          "token --host h --at 2024-01-01T24:00:00Z"}) {
        const auto result = dsql(arguments);
        EXPECT_EQ(result.status, 2) << arguments;
        EXPECT_EQ(result.output, "") << arguments;
        EXPECT_NE(result.errors, "") << arguments;
    }
}

TEST_F(TokenCommand, AnMfaCodeIsAskedForAtATerminalOnly) {
    const temporary_file config(
        "[profile mfa]\nrole_arn=arn:aws:iam::1:role/x\nsource_profile=keys\nmfa_serial=GAHT1\n"
        "[profile keys]\naws_access_key_id=AKIAKEYS\naws_secret_access_key=s\n");
    environment_.set("AWS_CONFIG_FILE", config.path());
    const auto result = dsql("token --host x.dsql.us-east-1.on.aws --profile mfa");
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.errors.find("no terminal to ask for it at"), std::string::npos)
        << result.errors;
    EXPECT_EQ(result.errors.find("config.mfa_code"), std::string::npos) << result.errors;
}

TEST_F(TokenCommand, UsageNamesWhatIsWrongAndWhatWouldBeRight) {
    const auto errors = [](const std::string& command) {
        return run_command(command).errors;
    };
    const std::string unknown = errors(DSQL_COMMAND " foo --host x");
    EXPECT_NE(unknown.find("unknown command \"foo\"; the commands are token, credentials, "),
              std::string::npos)
        << unknown;
    const std::string local = errors(DSQL_LOCAL_PROGRAM " rn");
    EXPECT_NE(local.find(
                  "unknown command \"rn\" (did you mean run?); the commands are serve, run, fault"),
              std::string::npos)
        << local;
    const std::string below = errors(DSQL_LOCAL_PROGRAM " fault st");
    EXPECT_NE(
        below.find(
            "unknown command \"st\" (did you mean set?); the commands are set, list, clear\n"),
        std::string::npos)
        << below;
    const std::string many = errors(DSQL_COMMAND " token --host h one two");
    EXPECT_NE(many.find("unexpected arguments: one two\n"), std::string::npos) << many;
    const std::string psql = errors(DSQL_COMMAND " psql --host X -c 'select 1'");
    EXPECT_NE(psql.find("unexpected arguments: -c select 1; arguments for psql go after \"--\""),
              std::string::npos)
        << psql;
}

TEST_F(TokenCommand, AMistypedOptionIsNamedWithWhatItMayMean) {
    struct mistake {
        const char* arguments;
        const char* told;
    };
    for (const auto& [arguments, told] : std::vector<mistake>{
             {"doctor --hots x", "unexpected arguments: --hots x (did you mean --host?)"},
             {"token --hots x", "unexpected arguments: --hots x (did you mean --host?)"},
             {"psql --hots x", " (did you mean --host?)"},
             {"token --hots=x", "unexpected argument: --hots=x (did you mean --host?)"},
             {"token --host x --expire 5", "did you mean --expires-in?"},
             {"doctor --host x --ssl-root c", "did you mean --ssl-root-cert?"},
             {"doctor --host x --round-trip-limits 5", "did you mean --round-trip-limit?"},
             {"credentials --profil p", "did you mean --profile?"},
             {"profiles --jsn", "did you mean --json?"},
             {"docter", "unknown command \"docter\" (did you mean doctor?); the commands are"},
             {"cred", "did you mean credentials?"}}) {
        const auto result = dsql(arguments);
        EXPECT_EQ(result.status, 2) << arguments;
        EXPECT_NE(result.errors.find(told), std::string::npos) << result.errors;
    }
    for (const char* arguments : {"token --nonsense x", "doctor --host x --zzzz", "nonsense"}) {
        EXPECT_EQ(dsql(arguments).errors.find("did you mean"), std::string::npos) << arguments;
    }
}

TEST_F(TokenCommand, TheHostMayStandInTheEnvironment) {
    const auto missing = dsql("token");
    EXPECT_NE(missing.errors.find("--host is required; give it, or set CLUSTER_ENDPOINT"),
              std::string::npos)
        << missing.errors;
    environment_.set("AWS_ACCESS_KEY_ID", "AKIAKEYS");
    environment_.set("AWS_SECRET_ACCESS_KEY", "s");
    environment_.set("CLUSTER_ENDPOINT", "variable.dsql.us-east-1.on.aws");
    EXPECT_TRUE(dsql("token").output.starts_with("variable.dsql.us-east-1.on.aws/?"));
    EXPECT_TRUE(dsql("token --host option.dsql.us-east-1.on.aws")
                    .output.starts_with("option.dsql.us-east-1.on.aws/?"));
    environment_.set("CLUSTER_ENDPOINT", "");
    EXPECT_EQ(dsql("token").status, 2);
}

// Lines of what a command writes at a terminal with this many columns.
std::vector<std::string> lines_at(int columns, const std::string& command) {
    const auto result = run_command("TERM=dumb script -qc 'stty cols " + std::to_string(columns) +
                                    "; " + DSQL_COMMAND + " " + command + "' /dev/null");
    std::vector<std::string> lines;
    std::istringstream text(result.output);
    for (std::string line; std::getline(text, line);) {
        line.erase(line.find_last_not_of("\r\n") + 1);
        lines.push_back(line);
    }
    return lines;
}

TEST_F(TokenCommand, NoLineIsLongerThanTheTerminalIsWide) {
    environment_.set("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1");
    for (const char* command :
         {"--help", "token --help", "psql --help", "doctor --help", "credentials --help",
          "profiles --help", "token --host x --nonsense-of-some-length --more-of-it --and-more",
          "token", "nonsense", "doctor --host a1b2c3d4e5f6g7h8i9j0klmnop",
          "doctor --region us-east-1 --host a1b2c3d4e5f6g7h8i9j0klmnop --host-address 127.0.0.1 "
          "--port 1"}) {
        for (const int columns : {40, 80}) {
            const std::vector<std::string> lines = lines_at(columns, command);
            EXPECT_FALSE(lines.empty()) << command;
            for (const std::string& line : lines) {
                EXPECT_LE(line.size(), static_cast<std::size_t>(columns)) << command << '\n'
                                                                          << line;
            }
        }
    }
}

TEST_F(TokenCommand, WithoutATerminalEachFindingIsOneLine) {
    const auto result = dsql("doctor --host a1b2c3d4e5f6g7h8i9j0klmnop");
    std::istringstream text(result.output);
    for (std::string line; std::getline(text, line);) {
        EXPECT_NE(line.front(), ' ') << line;
    }
}

TEST_F(TokenCommand, HelpAndVersionSucceed) {
    EXPECT_EQ(dsql("--help").status, 0);
    EXPECT_NE(dsql("token --help").output.find("--expires-in"), std::string::npos);
    EXPECT_EQ(dsql("--version").output, "dsql 0.1.0\n");
    EXPECT_EQ(run_command(DSQL_LOCAL_PROGRAM " --version").output, "dsql-local 0.1.0\n");
}

TEST_F(TokenCommand, AFullDiskIsNoticed) {
    for (const char* command : {DSQL_COMMAND " --help", DSQL_COMMAND " --version",
                                DSQL_LOCAL_PROGRAM " --help", DSQL_COMMAND " doctor --host x"}) {
        EXPECT_EQ(run_command(command + std::string(" >/dev/full")).status, 1) << command;
    }
    EXPECT_EQ(
        run_command(std::string(DSQL_COMMAND) + " token --host x.dsql.us-east-1.on.aws >/dev/full")
            .status,
        1);
}

}  // namespace token_command_test
