// SPDX-License-Identifier: Apache-2.0
// The whole way: the program's own keys, STS, the role's keys, the token, the login.
#include "examples/run_example.hpp"
#include "support/http_server.hpp"
#include "support/sts_answers.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string>

namespace {

constexpr const char* role = "arn:aws:iam::123456789012:role/app";

std::string in_an_hour() {
    const std::time_t then =
        std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) + 3600;
    std::tm utc{};
    gmtime_r(&then, &utc);
    char text[sizeof "2026-01-02T03:19:05Z"] = {};
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text;
}

// The keys that the endpoint lets in are the role's; with those the program starts with it gets
// nowhere but to STS.
std::string role_answer() {
    return sts_answer("AssumeRole", {.access_key_id = std::getenv("AWS_ACCESS_KEY_ID"),
                                     .secret_access_key = std::getenv("AWS_SECRET_ACCESS_KEY"),
                                     .session_token = std::getenv("AWS_SESSION_TOKEN"),
                                     .expiration = in_an_hour()});
}

std::string program_settings(const http_server& sts) {
    return "-u AWS_SESSION_TOKEN AWS_ACCESS_KEY_ID=AKIAPROGRAM AWS_SECRET_ACCESS_KEY=program "
           "AWS_MAX_ATTEMPTS=1 AWS_ENDPOINT_URL_STS=" +
           sts.url() + " ROLE_ARN=" + role;
}

TEST(AssumeRole, LogsInAsTheRole) {
    const http_server sts{{.body = role_answer()}};
    const std::string settings = program_settings(sts);
    expect_output(run_example("assume_role", settings),
                  {"logged in as admin by arn:aws:iam::123456789012:role/app\n"});
    ASSERT_EQ(sts.requests().size(), 1U);
    const received_request request = sts.requests()[0];
    EXPECT_NE(request.body.find("Action=AssumeRole&"), std::string::npos) << request.body;
    EXPECT_NE(request.body.find("RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp"),
              std::string::npos)
        << request.body;
    EXPECT_NE(request.body.find("RoleSessionName=dsql-example"), std::string::npos);
    EXPECT_NE(request.headers.at("authorization").find("Credential=AKIAPROGRAM/"),
              std::string::npos);
}

TEST(AssumeRole, LogsInWithTheRolesKeysOnly) {
    const http_server sts{{.body = sts_answer("AssumeRole", {.expiration = in_an_hour()})}};
    expect_error(run_example("assume_role", program_settings(sts)), "access denied");
}

TEST(AssumeRole, SaysWhatStsRefuses) {
    const http_server sts{{.status = 403, .body = sts_error_answer("AccessDenied", "not for you")}};
    expect_error(run_example("assume_role", program_settings(sts)), "not for you");
}

TEST(AssumeRole, SaysWhatIsMissing) {
    expect_error(run_example("assume_role", "-u CLUSTER_ENDPOINT"), "Set CLUSTER_ENDPOINT to ");
    expect_error(run_example("assume_role", "-u ROLE_ARN"), "Set ROLE_ARN to ");
}

}  // namespace
