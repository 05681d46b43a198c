// SPDX-License-Identifier: Apache-2.0
#include "login/test_identity.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace test_identity_test {

using namespace dsql_local;

constexpr const char* role_arn = "arn:aws:iam::123456789012:role/path/app";

std::string fault_of(const std::string& text) {
    try {
        parse_identities(text, "us-east-1");
        return "";
    } catch (const keys_file_error& error) {
        return error.what();
    }
}

TEST(identity, is_a_name_or_an_arn) {
    EXPECT_EQ(identity_arn("app"), "arn:aws:iam::000000000000:role/app");
    for (const char* arn : {role_arn, "arn:aws-cn:iam::123456789012:user/me",
                            "arn:aws:sts::123456789012:assumed-role/app/session"}) {
        EXPECT_EQ(identity_arn(arn), arn);
    }
    for (const char* wrong : {"", "a b", "a/b", "arn:aws:iam::123456789012:role",
                              "arn:aws:s3:::bucket/key", "arn:aws:iam::1:role/app", "a:b"}) {
        EXPECT_EQ(identity_arn(wrong), std::nullopt) << wrong;
    }
}

TEST(identity, has_the_keys_that_are_given) {
    for (const std::string name : {"app", role_arn}) {
        const test_identity made = parse_identity(name, "eu-west-1");
        EXPECT_EQ(made.arn, identity_arn(name));
        EXPECT_EQ(made.keys.region, "eu-west-1");
        EXPECT_FALSE(made.keys.session_token);
        EXPECT_NE(made.keys.secret_access_key, parse_identity(name, "").keys.secret_access_key);
        const test_identity given = parse_identity(name + ":ID:se/cret", "eu-west-1");
        EXPECT_EQ(given.arn, identity_arn(name));
        EXPECT_EQ(given.keys.access_key_id, "ID");
        EXPECT_EQ(given.keys.secret_access_key, "se/cret");
        EXPECT_FALSE(given.keys.session_token);
        EXPECT_EQ(parse_identity(name + ":ID:secret:tok/en==", "").keys.session_token, "tok/en==");
        for (const char* wrong :
             {":ID", ":", "::", ":ID:", ":ID:secret:", ":ID:secret:token:more"}) {
            EXPECT_THROW(parse_identity(name + wrong, ""), std::invalid_argument) << wrong;
        }
    }
    EXPECT_THROW(parse_identity("", ""), std::invalid_argument);
    EXPECT_THROW(parse_identity("arn:aws:iam::123456789012", ""), std::invalid_argument);
}

TEST(identity, sections_of_a_keys_file_are_identities) {
    const auto identities = parse_identities(
        "access_key_id=A\nsecret_access_key=a\n\nidentity=app\naccess_key_id=B\n"
        "secret_access_key=b\nsession_token=t\nidentity=" +
            std::string(role_arn) + "\nsecret_access_key=c\naccess_key_id=C",
        "us-east-1");
    ASSERT_EQ(identities.size(), 3U);
    EXPECT_EQ(identities[0].arn, first_identity_arn);
    EXPECT_EQ(identities[0].keys.access_key_id, "A");
    EXPECT_EQ(identities[1].arn, "arn:aws:iam::000000000000:role/app");
    EXPECT_EQ(identities[1].keys.session_token, "t");
    EXPECT_EQ(identities[2].arn, role_arn);
    EXPECT_EQ(identities[2].keys.secret_access_key, "c");
}

TEST(identity, sections_that_are_wrong_are_named) {
    const std::string first = "access_key_id=A\nsecret_access_key=a\n";
    EXPECT_EQ(fault_of("identity=app\n" + first), "there is no line access_key_id=");
    EXPECT_EQ(fault_of(first + "identity=app"),
              "below identity=app: there is no line access_key_id=");
    EXPECT_EQ(fault_of(first + "identity=app\nsecret=hidden\n"),
              "below identity=app: line 1 is none of access_key_id=, secret_access_key= and "
              "session_token=");
    EXPECT_EQ(fault_of(first + "identity=\n" + first),
              "a line identity= must give the name or the ARN of an IAM role or user");
}

TEST(identity, is_found_by_the_access_key_id_of_a_token) {
    const std::vector<test_identity> identities{parse_identity("a:A+1:a", ""),
                                                parse_identity("b:B:b", "")};
    const auto found = [&](const std::string& token) {
        return choose_identity(identities, token).arn;
    };
    EXPECT_EQ(found("host/?X-Amz-Credential=B%2F2026&X=1"), identities[1].arn);
    EXPECT_EQ(found("host/?X-Amz-Credential=A%2B1%2F2026"), identities[0].arn);
    for (const char* other :
         {"", "X-Amz-Credential=", "X-Amz-Credential=BB%2F", "X-Amz-Credential=%2"}) {
        EXPECT_EQ(found(other), identities[0].arn) << other;
    }
}

}  // namespace test_identity_test
