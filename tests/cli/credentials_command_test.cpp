// SPDX-License-Identifier: Apache-2.0
#include "support/command.hpp"
#include "support/http_server.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <string>

namespace credentials_command_test {

constexpr const char* container_answer =
    R"({"AccessKeyId":"ASIACONTAINERID1","SecretAccessKey":"container-secret",
        "Token":"container-token","Expiration":"2199-01-02T03:04:05Z"})";

class CredentialsCommand : public testing::Test {
protected:
    CredentialsCommand() {
        environment_.clear();
        environment_.set("AWS_EC2_METADATA_DISABLED", "true");
    }

    static command_result dsql(const std::string& arguments) {
        return run_command(std::string(DSQL_COMMAND) + " " + arguments);
    }
    void set_keys() {
        environment_.set("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT1");
        environment_.set("AWS_SECRET_ACCESS_KEY", "environment-secret");
    }

    scoped_environment environment_;
};

TEST_F(CredentialsCommand, PrintsWhatACredentialProcessPrints) {
    set_keys();
    const auto result = dsql("credentials");
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(result.errors, "");
    const auto printed = nlohmann::json::parse(result.output);
    EXPECT_EQ(printed, nlohmann::json({{"Version", 1},
                                       {"AccessKeyId", "AKIAENVIRONMENT1"},
                                       {"SecretAccessKey", "environment-secret"}}));
}

TEST_F(CredentialsCommand, PrintsSessionTokenAndExpiration) {
    const http_server server{{.body = container_answer}};
    environment_.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url() + "/creds");
    const auto result = dsql("credentials");
    EXPECT_EQ(result.status, 0) << result.errors;
    const auto printed = nlohmann::json::parse(result.output);
    EXPECT_EQ(printed, nlohmann::json({{"Version", 1},
                                       {"AccessKeyId", "ASIACONTAINERID1"},
                                       {"SecretAccessKey", "container-secret"},
                                       {"SessionToken", "container-token"},
                                       {"Expiration", "2199-01-02T03:04:05Z"}}));
}

TEST_F(CredentialsCommand, ItsOutputIsACredentialProcess) {
    set_keys();
    const temporary_file config("[profile p]\ncredential_process = " DSQL_COMMAND " credentials\n");
    environment_.set("AWS_CONFIG_FILE", config.path());
    const auto result = dsql("credentials --profile p");
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(nlohmann::json::parse(result.output).at("AccessKeyId"), "AKIAENVIRONMENT1");
}

// Whichever way a process asks, it reaches the person at the terminal, and its output is read.
TEST_F(CredentialsCommand, AProcessMayAskAtTheTerminal) {
    environment_.set("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1");
    const std::string answer = R"(read answer; printf '{"Version":1,"AccessKeyId":"AKIA%s",)"
                               R"("SecretAccessKey":"s"}' "$answer")";
    for (const std::string& script :
         {"printf 'Code? ' >/dev/tty; exec </dev/tty; " + answer, "printf 'Code? ' >&2; " + answer,
          "stty -echo; printf 'Code? ' >&2; " + answer + "; stty echo"}) {
        const temporary_file process(script);
        const temporary_file config("[profile p]\ncredential_process = sh " + process.path() +
                                    "\n");
        environment_.set("AWS_CONFIG_FILE", config.path());
        for (const std::string command :
             {"credentials", "token --host a1b2c3d4e5f6g7h8i9j0klmnop --region us-east-1",
              "doctor --timeout 20 --host a1b2c3d4e5f6g7h8i9j0klmnop --region us-east-1 "
              "--host-address 127.0.0.1 --port 1"}) {
            // script(1) gives it a terminal of its own.
            const auto result =
                run_command("echo 123456 | timeout 60 script -qec '" DSQL_COMMAND " " + command +
                            " --profile p' /dev/null");
            EXPECT_NE(result.output.find("Code? "), std::string::npos) << result.output;
            EXPECT_TRUE(result.output.find("AKIA123456") != std::string::npos ||
                        result.output.find("...3456") != std::string::npos)
                << result.output;
        }
    }
}

TEST_F(CredentialsCommand, AProcessThatFailsAtTheTerminalHasItsErrorsThere) {
    const temporary_file process("echo 'no such device' >&2; exit 3");
    const temporary_file config("[profile p]\ncredential_process = sh " + process.path() + "\n");
    environment_.set("AWS_CONFIG_FILE", config.path());
    const auto shown =
        run_command("timeout 60 script -qec '" DSQL_COMMAND " credentials --profile p' /dev/null");
    EXPECT_NE(shown.output.find("no such device\r\n"), std::string::npos) << shown.output;
    EXPECT_NE(shown.output.find("ended with status 3"), std::string::npos) << shown.output;
    // Without a terminal they are part of the error.
    const auto quoted = dsql("credentials --profile p");
    EXPECT_NE(quoted.errors.find("its standard error: \"no such device\""), std::string::npos)
        << quoted.errors;
}

// What a command line reads from a file is not for the process.
TEST_F(CredentialsCommand, AProcessDoesNotReadTheProgramsInput) {
    const temporary_file process(
        R"~(printf '{"Version":1,"AccessKeyId":"AK%s","SecretAccessKey":"s"}' "$(cat)")~");
    const temporary_file config("[profile p]\ncredential_process = sh " + process.path() + "\n");
    const temporary_file input("123456");
    environment_.set("AWS_CONFIG_FILE", config.path());
    const auto result =
        run_command("timeout 60 script -qec '" DSQL_COMMAND " credentials --profile p <" +
                    input.path() + "' /dev/null");
    EXPECT_NE(result.output.find("\"AK\""), std::string::npos) << result.output;
}

TEST_F(CredentialsCommand, TellsExpirationAndAccountOfTheEnvironment) {
    set_keys();
    environment_.set("AWS_ACCOUNT_ID", "123456789012");
    environment_.set("AWS_CREDENTIAL_EXPIRATION", "2199-01-02T03:04:05Z");
    const auto result = dsql("credentials --explain");
    EXPECT_EQ(result.status, 0) << result.errors;
    const auto printed = nlohmann::json::parse(result.output);
    EXPECT_EQ(printed.at("AccountId"), "123456789012");
    EXPECT_EQ(printed.at("Expiration"), "2199-01-02T03:04:05Z");
    EXPECT_NE(result.errors.find("account 123456789012"), std::string::npos) << result.errors;
}

TEST_F(CredentialsCommand, ExpiredCredentialsOfACommandAreAnError) {
    const temporary_file config(
        "[profile p]\ncredential_process = echo "
        R"('{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s",)"
        R"("Expiration":"2020-01-02T03:04:05Z"}')"
        "\n");
    environment_.set("AWS_CONFIG_FILE", config.path());
    for (const char* command :
         {"credentials", "token --host a1b2c3d4e5f6g7h8i9j0klmnop --region us-east-1"}) {
        const auto result = dsql(std::string(command) + " --profile p");
        EXPECT_EQ(result.status, 1) << command;
        EXPECT_NE(result.errors.find("expired at 2020-01-02T03:04:05Z"), std::string::npos)
            << result.errors;
        EXPECT_EQ(result.output, "") << command;
    }
}

TEST_F(CredentialsCommand, ExpiredCredentialsOfAServiceStayInUseWithAWarning) {
    const http_server server{{.body = R"({"AccessKeyId":"a","SecretAccessKey":"s","Token":"t",
                     "Expiration":"2020-01-02T03:04:05Z"})"}};
    environment_.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url());
    const auto result = dsql("credentials");
    EXPECT_EQ(result.status, 0);
    // Extended: whoever asks by credential_process goes on with them as well.
    EXPECT_GT(nlohmann::json::parse(result.output).at("Expiration"), "2026-01-01");
    const std::string warning =
        "dsql: warning: container endpoint returned credentials that expired at "
        "2020-01-02T03:04:05Z; it is ";
    EXPECT_TRUE(result.errors.starts_with(warning)) << result.errors;
    const auto token = dsql("token --host a1b2c3d4e5f6g7h8i9j0klmnop --region us-east-1");
    EXPECT_EQ(token.status, 0);
    EXPECT_NE(token.output.find("X-Amz-Signature="), std::string::npos) << token.output;
    EXPECT_TRUE(token.errors.starts_with(warning)) << token.errors;
}

TEST_F(CredentialsCommand, ExplainSaysWhoAnsweredAndWhyOthersDidNotAndNoSecret) {
    const http_server server{{.body = container_answer}};
    environment_.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url() + "/creds");
    environment_.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "authorization-secret");
    const auto result = dsql("credentials --explain");
    EXPECT_EQ(result.status, 0) << result.errors;
    for (const char* expected :
         {"environment: declined: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set",
          "web identity: declined: ", "profile \"default\": declined: ",
          "container endpoint: provided", "...RID1", "valid until 2199-01-02T03:04:05Z"}) {
        EXPECT_NE(result.errors.find(expected), std::string::npos) << expected << '\n'
                                                                   << result.errors;
    }
    for (const char* secret : {"container-secret", "container-token", "authorization-secret"}) {
        EXPECT_EQ(result.errors.find(secret), std::string::npos) << result.errors;
    }
}

TEST_F(CredentialsCommand, AFailureHasStatus1AndNamesAllSources) {
    for (const char* arguments : {"credentials", "credentials --explain"}) {
        const auto result = dsql(arguments);
        EXPECT_EQ(result.status, 1);
        EXPECT_EQ(result.output, "");
        for (const char* source : {"environment", "web identity", "profile \"default\"",
                                   "container endpoint", "instance metadata"}) {
            EXPECT_NE(result.errors.find(source), std::string::npos) << source << '\n'
                                                                     << result.errors;
        }
    }
}

TEST_F(CredentialsCommand, EnvironmentKeysNeedNoSocketAtAll) {
    set_keys();
    for (const char* arguments :
         {" credentials", " token --host a1b2c3d4e5f6g7h8i9j0klmnop.dsql.us-east-1.on.aws"}) {
        const auto result =
            run_command(DSQL_WITHOUT_SOCKETS " " DSQL_COMMAND + std::string(arguments));
        EXPECT_EQ(result.status, 0) << arguments << result.errors;
        EXPECT_NE(result.output, "");
    }
}

TEST_F(CredentialsCommand, WithoutSocketsCatchesAProgramThatMakesOne) {
    const http_server server{{.body = container_answer}};
    environment_.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url() + "/creds");
    const auto result = run_command("exec " DSQL_WITHOUT_SOCKETS " " DSQL_COMMAND " credentials");
    EXPECT_EQ(result.status, 128 + SIGSYS) << result.errors;
}

TEST_F(CredentialsCommand, NothingIsAskedOfInstanceMetadataWhenAnythingElseIsThere) {
    const http_server metadata{{.status = 500}};
    environment_.unset("AWS_EC2_METADATA_DISABLED");
    environment_.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url());
    const temporary_file file(
        "[default]\naws_access_key_id=AKIAPROFILE\naws_secret_access_key=s\n");
    environment_.set("AWS_SHARED_CREDENTIALS_FILE", file.path());
    EXPECT_EQ(dsql("credentials").status, 0);
    EXPECT_EQ(dsql("token --host a1b2c3d4e5f6g7h8i9j0klmnop --region us-east-1").status, 0);
    EXPECT_TRUE(metadata.requests().empty());
    environment_.set("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    EXPECT_EQ(dsql("credentials").status, 1);
    EXPECT_FALSE(metadata.requests().empty());
    set_keys();
    const std::size_t before = metadata.requests().size();
    EXPECT_EQ(dsql("credentials").status, 0);
    EXPECT_EQ(metadata.requests().size(), before);
}

}  // namespace credentials_command_test
