// SPDX-License-Identifier: Apache-2.0
#include "support/command.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace profiles_command_test {

using nlohmann::json;

constexpr const char* config_text = R"(
[default]
region = r
s3 =
  max_requests = 3
  Proxy_Password = hunter2
[profile worker]
role_arn = arn:worker
source_profile = default
web_identity_token_file =
[profile pod]
role_arn = arn:pod
web_identity_token_file = /token
[profile person]
sso_session = main
[profile run]
credential_process = vault --password hunter2
[profile empty]
[sso-session main]
sso_region = r
sso_client_secret = hunter2
)";
constexpr const char* credentials_text = R"(
[default]
aws_access_key_id = AKID
aws_secret_access_key = hunter2
aws_session_token = hunter2
  hunter2
)";

class ProfilesCommand : public testing::Test {
protected:
    ProfilesCommand() {
        environment_.clear();
        environment_.set("AWS_CONFIG_FILE", config_.path());
        environment_.set("AWS_SHARED_CREDENTIALS_FILE", credentials_.path());
    }

    static command_result dsql(const std::string& arguments) {
        return run_command(std::string(DSQL_COMMAND) + " " + arguments);
    }

    temporary_file config_{config_text};
    temporary_file credentials_{credentials_text};
    scoped_environment environment_;
};

TEST_F(ProfilesCommand, JsonHasAllSettingsButNoSecrets) {
    const auto result = dsql("profiles --json");
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.errors, "");
    EXPECT_EQ(result.output.find("hunter2"), std::string::npos) << result.output;
    const json expected = {
        {"profiles",
         {{"default",
           {{"region", "r"},
            {"s3", "\nmax_requests = 3\nProxy_Password = <redacted>"},
            {"aws_access_key_id", "AKID"},
            {"aws_secret_access_key", "<redacted>"},
            {"aws_session_token", "<redacted>"}}},
          {"worker",
           {{"role_arn", "arn:worker"},
            {"source_profile", "default"},
            {"web_identity_token_file", ""}}},
          {"pod", {{"role_arn", "arn:pod"}, {"web_identity_token_file", "/token"}}},
          {"person", {{"sso_session", "main"}}},
          {"run", {{"credential_process", "<redacted>"}}},
          {"empty", json::object()}}},
        {"sso_sessions", {{"main", {{"sso_region", "r"}, {"sso_client_secret", "<redacted>"}}}}}};
    EXPECT_EQ(json::parse(result.output), expected);
}

TEST_F(ProfilesCommand, RevealShowsValuesAsWritten) {
    const auto result = dsql("profiles --json --reveal");
    EXPECT_EQ(result.status, 0);
    const json shown = json::parse(result.output);
    const json& profiles = shown.at("profiles");
    EXPECT_EQ(profiles.at("default").at("aws_secret_access_key"), "hunter2");
    EXPECT_EQ(profiles.at("default").at("aws_session_token"), "hunter2\nhunter2");
    EXPECT_EQ(profiles.at("default").at("s3"), "\nmax_requests = 3\nProxy_Password = hunter2");
    EXPECT_EQ(profiles.at("run").at("credential_process"), "vault --password hunter2");
    EXPECT_EQ(shown.at("sso_sessions").at("main").at("sso_client_secret"), "hunter2");
}

TEST_F(ProfilesCommand, WithoutFilesThereAreNoProfiles) {
    environment_.set("AWS_CONFIG_FILE", "/nonexistent/config");
    environment_.set("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials");
    const auto result = dsql("profiles --json");
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(json::parse(result.output),
              json({{"profiles", json::object()}, {"sso_sessions", json::object()}}));
}

TEST_F(ProfilesCommand, TheTableSaysWhereCredentialsComeFrom) {
    const auto result = dsql("profiles");
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.output,
              "PROFILE  CREDENTIALS\n"
              "default  keys with a session token\n"
              "empty    -\n"
              "person   SSO session main\n"
              "pod      role with a web identity token file\n"
              "run      a process\n"
              "worker   role, by way of profile default\n");
}

TEST_F(ProfilesCommand, AMalformedFileIsNamedWithItsLineAndStatus1) {
    const temporary_file malformed("[default]\n\naws_secret_access_key hunter2\n");
    environment_.set("AWS_SHARED_CREDENTIALS_FILE", malformed.path());
    for (const char* arguments : {"profiles", "profiles --json", "profiles --json --reveal"}) {
        const auto result = dsql(arguments);
        EXPECT_EQ(result.status, 1) << arguments;
        EXPECT_EQ(result.output, "") << arguments;
        EXPECT_EQ(result.errors,
                  "dsql: " + malformed.path() + ":3: Expected an '=' sign defining a property\n");
    }
}

TEST_F(ProfilesCommand, BytesThatAreNoTextAreReplaced) {
    const temporary_file config("[profile a]\nrole_arn = \xff\x1b[2J\nsource_profile = \xc3\x1b\n");
    environment_.set("AWS_CONFIG_FILE", config.path());
    const auto shown = dsql("profiles --json");
    EXPECT_EQ(shown.status, 0);
    EXPECT_EQ(json::parse(shown.output).at("profiles").at("a").at("role_arn"),
              "\xef\xbf\xbd\x1b[2J");
    EXPECT_EQ(dsql("profiles").output.find('\x1b'), std::string::npos);
}

TEST_F(ProfilesCommand, WrongUsageHasStatus2) {
    for (const char* arguments : {"profiles --reveal", "profiles x", "profiles --yaml"}) {
        const auto result = dsql(arguments);
        EXPECT_EQ(result.status, 2) << arguments;
        EXPECT_EQ(result.output, "") << arguments;
    }
}

TEST_F(ProfilesCommand, AFullDiskIsNoticed) {
    EXPECT_EQ(dsql("profiles >/dev/full").status, 1);
    EXPECT_EQ(dsql("profiles --json >/dev/full").status, 1);
}

}  // namespace profiles_command_test
