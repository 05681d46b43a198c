// SPDX-License-Identifier: Apache-2.0
#include "doctor/error_advice.hpp"

#include <gtest/gtest.h>

namespace error_advice_test {

using dsql::connection_phase;
using dsql_cli::doctor::describe_login_error;
using dsql_cli::doctor::finding;

constexpr const char* denied = "unable to accept connection, access denied";
constexpr const char* identity = "arn:aws:sts::123456789012:assumed-role/app/session";

finding refused(const std::string& hint, const std::string& user,
                const std::string& message = denied) {
    return describe_login_error(
        dsql::connection_error(connection_phase::auth, "connecting failed (auth): " + message,
                               message, hint),
        user, {.host = "a1b2c3d4e5f6g7h8i9j0klmnop.dsql.eu-west-1.on.aws", .region = "eu-west-1"});
}

bool says(const finding& found, const std::string& part) {
    return found.advice.find(part) != std::string::npos;
}

TEST(LoginFailure, NamesTheActionThatIamMisses) {
    const finding found = refused("User: " + std::string(identity) +
                                      " is not authorized to perform: dsql:DbConnectAdmin on "
                                      "resource: arn:aws:dsql:eu-west-1:123456789012:cluster/x",
                                  "admin");
    EXPECT_EQ(found.advice, "allow " + std::string(identity) +
                                " the IAM action dsql:DbConnectAdmin on "
                                "arn:aws:dsql:eu-west-1:123456789012:cluster/x");
    EXPECT_NE(found.summary.find("HINT: User: "), std::string::npos);
}

TEST(LoginFailure, NamesTheGrantThatTheRoleMisses) {
    const std::string hint =
        "User: " + std::string(identity) + " is not authorized to access this resource";
    const finding role = refused(hint, "app");
    EXPECT_TRUE(says(role, "AWS IAM GRANT \"app\" TO 'arn:aws:iam::123456789012:role/app'"))
        << role.advice;
    EXPECT_TRUE(says(role,
                     "the IAM action dsql:DbConnect on "
                     "arn:aws:dsql:eu-west-1:<account>:cluster/a1b2c3d4e5f6g7h8i9j0klmnop"))
        << role.advice;
    const finding admin = refused(hint, "admin");
    EXPECT_TRUE(says(admin, "the IAM action dsql:DbConnectAdmin on ")) << admin.advice;
    EXPECT_FALSE(says(admin, "GRANT")) << admin.advice;
}

TEST(LoginFailure, TellsCausesOfADeniedAccessApart) {
    EXPECT_TRUE(says(refused("Signature expired: 1 is not later than 2", "admin"), "clock"));
    EXPECT_TRUE(says(refused("Signature not yet current: ...", "admin"), "clock"));
    EXPECT_TRUE(
        says(refused("Wrong user to action mapping. user: admin, action: DbConnect", "admin"),
             "--user"));
    EXPECT_TRUE(says(refused("The security token included in the request is invalid.", "admin"),
                     "wrong keys"));
    EXPECT_TRUE(says(refused("The token is for another host.", "admin"), "--host"));
    const finding unknown = refused("", "app");
    EXPECT_TRUE(says(unknown, "the IAM action dsql:DbConnect on ")) << unknown.advice;
    EXPECT_TRUE(says(unknown, "AWS IAM GRANT \"app\"")) << unknown.advice;
    EXPECT_TRUE(says(refused("", "app", "FATAL: IAM authentication failed for user \"app\""),
                     "AWS IAM GRANT \"app\""));
}

TEST(LoginFailure, NamesTheSessionTokenThatIsMissing) {
    EXPECT_TRUE(says(refused("The token has no X-Amz-Security-Token.", "admin"),
                     "set AWS_SESSION_TOKEN, or aws_session_token"));
}

TEST(LoginFailure, ARoleIsQuotedAsSqlQuotesIt) {
    EXPECT_TRUE(says(refused("", "a\"b"), "CREATE ROLE \"a\"\"b\" WITH LOGIN"));
}

TEST(LoginFailure, KnowsTheOtherRefusals) {
    EXPECT_TRUE(
        says(refused("", "admin", "unable to accept connection, sni was not received"), "SNI"));
    EXPECT_TRUE(says(refused("", "admin", "setting configuration parameter \"x\" not supported"),
                     "setting"));
    EXPECT_TRUE(says(refused("", "app", "role \"app\" does not exist"), "CREATE ROLE \"app\""));
    EXPECT_TRUE(says(refused("", "admin", "server unavailable"), "try again"));
}

TEST(LoginFailure, AServerThatIsNotTrustedHasItsAdvice) {
    const auto advice = [](dsql::distrust_reason reason) {
        return describe_login_error(
            dsql::connection_error(connection_phase::tls, "connecting failed (tls): unexpected eof",
                                   dsql::connection_cause{.distrust = reason}),
            "admin", {});
    };
    using enum dsql::distrust_reason;
    EXPECT_TRUE(says(advice(certificate_expired), "clock, if it is ahead"));
    EXPECT_TRUE(says(advice(certificate_not_yet_valid), "clock, if it is behind"));
    EXPECT_TRUE(says(advice(certificate_wrong_host), "--host-address"));
    EXPECT_TRUE(says(advice(certificate_unknown_authority), "--ssl-root-cert"));
    EXPECT_TRUE(says(advice(certificate_invalid), "2048 bits"));
    EXPECT_TRUE(says(advice(authentication), "not Aurora DSQL"));
    EXPECT_TRUE(says(advice(none), "closed the connection"));
    EXPECT_EQ(advice(certificate_expired).summary, "connecting failed (tls): unexpected eof");
}

TEST(LoginFailure, AConnectionThatWasClosedIsCalledThat) {
    const finding found = describe_login_error(
        dsql::connection_error(connection_phase::auth,
                               "connecting failed (auth): SSL SYSCALL error: EOF detected"),
        "admin", {});
    EXPECT_EQ(found.summary.find("the connection was closed"), 0U) << found.summary;
}

}  // namespace error_advice_test
