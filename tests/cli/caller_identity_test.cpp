// SPDX-License-Identifier: Apache-2.0
#include "doctor/caller_identity.hpp"

#include "support/http_server.hpp"
#include "support/scoped_environment.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace caller_identity_test {

using dsql_cli::doctor::arn_to_grant_to;
using dsql_cli::doctor::caller_identity;
using dsql_cli::doctor::fetch_caller_identity;
using dsql_cli::doctor::is_granted_to;

constexpr const char* session = "arn:aws:sts::123456789012:assumed-role/app/i-0123";
constexpr const char* role = "arn:aws:iam::123456789012:role/app";

TEST(CallerIdentity, ASessionOfARoleIsGrantedByTheRole) {
    EXPECT_EQ(arn_to_grant_to(session), role);
    EXPECT_EQ(arn_to_grant_to("arn:aws-cn:sts::1:assumed-role/app/x"),
              "arn:aws-cn:iam::1:role/app");
    for (const char* other : {"arn:aws:iam::123456789012:user/me", role, "", "nonsense"}) {
        EXPECT_EQ(arn_to_grant_to(other), other);
    }
    EXPECT_TRUE(is_granted_to(role, session));
    EXPECT_TRUE(is_granted_to(session, session));
    EXPECT_TRUE(is_granted_to("arn:aws:iam::123456789012:role/a/path/app", session));
    EXPECT_FALSE(is_granted_to("arn:aws:iam::123456789012:role/another-app", session));
    EXPECT_FALSE(is_granted_to("arn:aws:iam::210987654321:role/app", session));
    EXPECT_FALSE(is_granted_to("arn:aws:iam::123456789012:user/app", session));
}

TEST(CallerIdentity, ComesFromStsByASignedRequest) {
    received_request received;
    const http_server sts([&received](const received_request& request) -> canned_response {
        received = request;
        return {.body = "<GetCallerIdentityResponse><Arn>" + std::string(session) +
                        "</Arn></GetCallerIdentityResponse>"};
    });
    scoped_environment environment;
    environment.set("AWS_ENDPOINT_URL_STS", sts.url());
    const caller_identity found = fetch_caller_identity(
        {.access_key_id = "AKIDEXAMPLE", .secret_access_key = "secret", .session_token = "a+/b=="},
        "eu-west-1", std::chrono::seconds(30));
    EXPECT_EQ(found.arn, session) << found.error;
    EXPECT_EQ(received.body, "Action=GetCallerIdentity&Version=2011-06-15");
    EXPECT_EQ(received.headers.at("x-amz-security-token"), "a+/b==");
    const std::string& signed_by = received.headers.at("authorization");
    EXPECT_EQ(signed_by.find("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), 0U) << signed_by;
    EXPECT_NE(signed_by.find("/eu-west-1/sts/aws4_request"), std::string::npos) << signed_by;
    EXPECT_NE(signed_by.find("x-amz-security-token"), std::string::npos) << signed_by;
}

TEST(CallerIdentity, TheReasonIsThatOfSts) {
    const http_server sts{{.status = 403,
                           .body = "<ErrorResponse><Error><Message>The security token\n is invalid"
                                   "</Message></Error></ErrorResponse>"},
                          {.body = "nothing"}};
    scoped_environment environment;
    environment.set("AWS_ENDPOINT_URL_STS", sts.url());
    const auto error = [] {
        return fetch_caller_identity({.access_key_id = "A", .secret_access_key = "s"}, "r",
                                     std::chrono::seconds(30))
            .error;
    };
    EXPECT_EQ(error(), "The security token is invalid");
    EXPECT_EQ(error(), "the answer has no ARN");
}

}  // namespace caller_identity_test
