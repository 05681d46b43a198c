// SPDX-License-Identifier: Apache-2.0
#include "grant/identity_arn.hpp"

#include "grant/role_access.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace identity_arn_test {

using dsql_cli::grant::check_identity_arn;

TEST(IdentityArn, RolesAndUsersAreAccepted) {
    for (const char* arn :
         {"arn:aws:iam::123456789012:role/app", "arn:aws:iam::123456789012:user/a.b+c=d,e@f-g_h",
          "arn:aws:iam::123456789012:role/path/of/app", "arn:aws-us-gov:iam::123456789012:role/app",
          "arn:aws-cn:iam::123456789012:role/app",
          "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/"
          "AWSReservedSSO_Developer_0123456789abcdef"}) {
        EXPECT_EQ(check_identity_arn(arn), "") << arn;
    }
}

struct wrong_arn {
    std::string_view arn;
    std::string_view words;
};

TEST(IdentityArn, WhatIsWrongIsSaidAndWhatWouldBeRight) {
    for (const wrong_arn& one : std::vector<wrong_arn>{
             {"", "expected the ARN of an IAM role or user, such as arn:aws:iam::"},
             {"app", "expected the ARN"},
             {"arn:aws:iam::123456789012", "expected the ARN"},
             {"arn:aws:iam::12345:role/app", "12 digits"},
             {"arn:amazon:iam::123456789012:role/app", "partition"},
             {"arn:aws:iam:us-east-1:123456789012:role/app", "\":iam::\""},
             {"arn:aws:dsql:us-east-1:123456789012:cluster/x", "\":iam::\""},
             {"arn:aws:iam::123456789012:root", "whole account"},
             {"arn:aws:iam::123456789012:group/a", "group"},
             {"arn:aws:iam::123456789012:instance-profile/a", "ARN of its role"},
             {"arn:aws:iam::123456789012:policy/a", "neither a role nor a user"},
             {"arn:aws:iam::123456789012:role/", "name after role/"},
             {"arn:aws:iam::123456789012:role/*", "one IAM role or user at a time"},
             {"arn:aws:iam::123456789012:role/a'; DROP", "name after role/"},
             {"arn:aws:iam::123456789012:role/a\n", "name after role/"},
             {"arn:aws:sts::123456789012:assumed-role/app/i-0123456789",
              "use arn:aws:iam::123456789012:role/app, with the role's path if it has one"},
             {"arn:aws-cn:sts::123456789012:assumed-role/app/x",
              "use arn:aws-cn:iam::123456789012:role/app,"},
             {"arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Dev_01/me@example.com",
              "role/aws-reserved/sso.amazonaws.com/REGION/AWSReservedSSO_Dev_01"},
             {"arn:aws:sts::123456789012:federated-user/a", "ARN of a session"}}) {
        const std::string problem = check_identity_arn(one.arn);
        EXPECT_NE(problem.find(one.words), std::string::npos) << one.arn << ": " << problem;
    }
}

TEST(RoleAccess, NamesAreQuotedWhereTheyNeedIt) {
    using dsql_cli::grant::sql_name;
    EXPECT_EQ(sql_name("app_2"), "app_2");
    EXPECT_EQ(sql_name("App"), "\"App\"");
    EXPECT_EQ(sql_name("user"), "\"user\"");
    EXPECT_EQ(sql_name("a\"b"), "\"a\"\"b\"");
    EXPECT_EQ(sql_name("2app"), "\"2app\"");
}

}  // namespace identity_arn_test
