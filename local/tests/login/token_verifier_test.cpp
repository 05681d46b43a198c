// SPDX-License-Identifier: Apache-2.0
#include "login/token_verifier.hpp"

#include "login/token_signer.hpp"
#include "support/random_seed.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace token_verifier_test {

using namespace dsql_local;
using namespace std::chrono_literals;

constexpr std::string_view host = "peccy.dsql.us-east-1.on.aws";
constexpr seconds_point signed_at = std::chrono::sys_days(std::chrono::year(2024) / 8 / 27);

// A published example for this host, these keys and this date.
constexpr std::string_view known_signature =
    "f5f2ad764ca5df44045d4ab6ccecba0eef941b0007e5765885a0b6ed3702a3f8";
constexpr std::string_view known_admin_signature =
    "267cf8d04d84444f7a62d5bdb40c44bfc6cb13dd6c64fa7f772df6bbaa90fff1";

test_keys plain_keys() {
    return {.access_key_id = "akid", .secret_access_key = "secret", .session_token = std::nullopt};
}

// This token is written by hand, so that an error in both the signer and the verifier is found.
std::string known_token(std::string_view action, std::string_view signature) {
    return std::string(host) + "/?Action=" + std::string(action) +
           "&X-Amz-Algorithm=AWS4-HMAC-SHA256"
           "&X-Amz-Credential=akid%2F20240827%2Fus-east-1%2Fdsql%2Faws4_request"
           "&X-Amz-Date=20240827T000000Z&X-Amz-Expires=450&X-Amz-SignedHeaders=host"
           "&X-Amz-Signature=" +
           std::string(signature);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

std::string good_token() {
    return known_token("DbConnectAdmin", known_admin_signature);
}

// Returns why the login fails; empty if the token is valid.
std::string verify(const std::string& token, std::string_view user = "admin",
                   seconds_point now = signed_at, std::string_view server_name = host,
                   const test_keys& keys = plain_keys()) {
    return find_token_error(keys, {.token = token, .user = user, .server_name = server_name}, now)
        .value_or("");
}

TEST(token_verifier, accepts_the_known_answers) {
    EXPECT_EQ(verify(good_token()), "");
    EXPECT_EQ(verify(known_token("DbConnect", known_signature), "app"), "");
}

TEST(token_verifier, the_signer_gives_the_known_answers) {
    EXPECT_EQ(sign_token(plain_keys(), host, "admin", signed_at, 450s), good_token());
    EXPECT_EQ(sign_token(plain_keys(), host, "app", signed_at, 450s),
              known_token("DbConnect", known_signature));
}

// Tests tokens of all AWS SDKs. tests/vectors/make_sdk_tokens.py describes how each was made.
TEST(token_verifier, accepts_the_tokens_of_every_sdk) {
    std::ifstream file(DSQL_SDK_TOKENS);
    const nlohmann::json cases = nlohmann::json::parse(file);
    ASSERT_GT(cases.size(), 40U);
    for (const auto& known : cases) {
        test_keys keys{.access_key_id = known["access_key_id"],
                       .secret_access_key = known["secret_access_key"],
                       .session_token = std::nullopt};
        if (const std::string session_token = known["session_token"]; !session_token.empty()) {
            keys.session_token = session_token;
        }
        const seconds_point at{std::chrono::seconds(known["at"].get<std::int64_t>())};
        EXPECT_EQ(verify(known["token"], known["user"].get<std::string>(), at,
                         known["host"].get<std::string>(), keys),
                  "")
            << known["sdk"] << ": " << known["token"];
    }
}

TEST(token_verifier, takes_the_parameters_in_any_order_and_either_form) {
    std::mt19937_64 dice(random_seed());
    const std::string query = good_token().substr(host.size() + 2);
    std::vector<std::string> parameters;
    for (std::size_t at = 0; at < query.size(); at += parameters.back().size() + 1) {
        parameters.push_back(query.substr(at, query.find('&', at) - at));
    }
    ASSERT_EQ(parameters.size(), 7U);
    for (int i = 0; i < 200; ++i) {
        std::shuffle(parameters.begin(), parameters.end(), dice);
        std::string token(host);
        token += dice() % 2 == 0 ? "/" : "";
        for (const std::string& parameter : parameters) {
            token += (&parameter == parameters.data() ? "?" : "&") + parameter;
        }
        EXPECT_EQ(verify(token), "") << token;
    }
}

TEST(token_verifier, takes_lower_case_escapes) {
    EXPECT_EQ(verify(replaced(good_token(), "akid%2F", "akid%2f")), "");
}

TEST(token_verifier, compares_host_names_without_case) {
    EXPECT_EQ(verify(good_token(), "admin", signed_at, "PECCY.dsql.us-east-1.on.AWS"), "");
    EXPECT_EQ(verify(replaced(good_token(), "peccy", "Peccy")), "");
}

TEST(token_verifier, refuses_what_is_no_token) {
    EXPECT_EQ(verify(""), "The password is empty; an authentication token is expected.");
    for (const char* text : {"secret", "/?Action=DbConnect", "?Action=DbConnect", "host/", "host",
                             "https://host/?Action=DbConnect", "host//?a=b", "host/path?a=b",
                             "host/path/?a=b", "/host?a=b"}) {
        EXPECT_EQ(verify(text),
                  "The password is not an authentication token. Accepted is what the AWS SDKs "
                  "make: HOST/?PARAMETERS or HOST?PARAMETERS, without https://, the parameters in "
                  "any order.")
            << text;
    }
    for (const char* text : {"host/?", "host?", "host/?Action", "host?Action", "host/?a=b&&c=d",
                             "host/?a=%2", "host/?a=+", "host??a=b", "host?/?a=b"}) {
        EXPECT_EQ(verify(text), "The token's query is not percent-encoded name=value pairs.")
            << text;
    }
}

TEST(token_verifier, refuses_a_missing_parameter) {
    const std::string token = good_token();
    for (const std::string name : {"Action", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date",
                                   "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"}) {
        EXPECT_EQ(verify(replaced(token, name + "=", "Other=")), "The token has no " + name + ".");
    }
}

TEST(token_verifier, a_missing_slash_leaves_the_checks_as_they_are) {
    const std::string token = replaced(good_token(), "/?", "?");
    EXPECT_EQ(verify(token), "");
    EXPECT_EQ(verify(token, "app"),
              "Wrong user to action mapping. user: app, action: DbConnectAdmin");
    EXPECT_EQ(verify(token, "admin", signed_at, "other.dsql.us-east-1.on.aws"),
              "The token is for another host than the one connected to.");
    EXPECT_EQ(verify(replaced(token, "Expires=450", "Expires=451")),
              "The signature does not match.");
}

TEST(token_verifier, refuses_a_doubled_parameter) {
    EXPECT_EQ(verify(good_token() + "&Action=DbConnectAdmin"),
              "The token holds a parameter more than once.");
}

TEST(token_verifier, refuses_another_method) {
    EXPECT_EQ(verify(replaced(good_token(), "HMAC-SHA256", "HMAC-SHA1")),
              "X-Amz-Algorithm must be AWS4-HMAC-SHA256.");
    EXPECT_EQ(verify(replaced(good_token(), "SignedHeaders=host", "SignedHeaders=date%3Bhost")),
              "X-Amz-SignedHeaders must be host.");
}

TEST(token_verifier, refuses_a_token_for_another_host) {
    EXPECT_EQ(verify(good_token(), "admin", signed_at, "other.dsql.us-east-1.on.aws"),
              "The token is for another host than the one connected to.");
}

TEST(token_verifier, refuses_another_credential_scope) {
    const std::string expected =
        "The credential scope must be 20240827/us-east-1/dsql/aws4_request.";
    EXPECT_EQ(verify(replaced(good_token(), "%2Fus-east-1", "%2Fus-west-2")), expected);
    EXPECT_EQ(verify(replaced(good_token(), "%2Fdsql", "%2Frds")), expected);
    EXPECT_EQ(verify(replaced(good_token(), "%2F20240827", "%2F20240826")), expected);
    EXPECT_EQ(verify(replaced(good_token(), "aws4_request", "aws4_request%2F")), expected);
}

TEST(token_verifier, refuses_an_unknown_access_key) {
    EXPECT_EQ(verify(replaced(good_token(), "akid", "other")), "The access key id is unknown.");
}

TEST(token_verifier, refuses_the_wrong_action) {
    EXPECT_EQ(verify(known_token("DbConnect", known_signature), "admin"),
              "Wrong user to action mapping. user: admin, action: DbConnect");
    EXPECT_EQ(verify(good_token(), "app"),
              "Wrong user to action mapping. user: app, action: DbConnectAdmin");
    EXPECT_EQ(verify(replaced(good_token(), "DbConnectAdmin", "Delete")),
              "The token's Action is neither DbConnect nor DbConnectAdmin.");
}

TEST(token_verifier, refuses_an_impossible_date) {
    for (const char* date : {"20240230T000000Z", "20240827T240000Z", "20240827-000000Z", "now",
                             "20240827T000000ZZ", "2024O827T000000Z", ""}) {
        EXPECT_EQ(verify(replaced(good_token(), "20240827T000000Z", date)),
                  "X-Amz-Date must have the form yyyymmddThhmmssZ.")
            << date;
    }
}

TEST(token_verifier, refuses_an_impossible_lifetime) {
    for (const char* lifetime : {"0", "-1", "", "15m", "99999999999999999999"}) {
        EXPECT_EQ(verify(replaced(good_token(), "Expires=450", "Expires=" + std::string(lifetime))),
                  "X-Amz-Expires must be a whole number from 1 to 604800.")
            << lifetime;
    }
}

// The text is that of the integration tests of AWS's connector for Python.
TEST(token_verifier, refuses_a_lifetime_of_more_than_a_week) {
    EXPECT_EQ(verify(replaced(good_token(), "Expires=450", "Expires=604801")),
              "X-Amz-Expires must be less than a week (in seconds)");
}

TEST(token_verifier, a_token_expires_on_the_second) {
    EXPECT_EQ(verify(good_token(), "admin", signed_at + 449s), "");
    EXPECT_EQ(verify(good_token(), "admin", signed_at + 450s),
              "Signature expired: 20240827T000730Z is not later than 20240827T000730Z.");
}

TEST(token_verifier, a_token_may_be_five_minutes_early) {
    EXPECT_EQ(verify(good_token(), "admin", signed_at - 300s), "");
    EXPECT_EQ(verify(good_token(), "admin", signed_at - 301s),
              "Signature not yet current: it is dated 20240827T000000Z, and it is "
              "20240826T235459Z now.");
}

TEST(token_verifier, refuses_a_changed_signature) {
    std::string token = good_token();
    token.back() = token.back() == '0' ? '1' : '0';
    EXPECT_EQ(verify(token), "The signature does not match.");
    EXPECT_EQ(verify(good_token() + "00"), "The signature does not match.");
    EXPECT_EQ(verify(good_token() + "&Extra=1"), "The signature does not match.");
    EXPECT_EQ(verify(replaced(good_token(), "Expires=450", "Expires=451")),
              "The signature does not match.");
}

TEST(token_verifier, refuses_the_signature_of_another_secret) {
    test_keys others = plain_keys();
    others.secret_access_key = "another";
    EXPECT_EQ(verify(sign_token(others, host, "admin", signed_at, 450s)),
              "The signature does not match.");
}

TEST(token_verifier, a_session_token_must_be_the_configured_one) {
    test_keys keys = plain_keys();
    keys.session_token = "a+b/c==";
    const std::string token = sign_token(keys, host, "admin", signed_at, 450s);
    EXPECT_NE(token.find("X-Amz-Security-Token=a%2Bb%2Fc%3D%3D"), std::string::npos);
    EXPECT_EQ(verify(token, "admin", signed_at, host, keys), "");
    EXPECT_EQ(verify(good_token(), "admin", signed_at, host, keys),
              "The token has no X-Amz-Security-Token.");
    EXPECT_EQ(verify(token), "The token holds a session token; none is expected.");
    test_keys others = keys;
    others.session_token = "a+b/c=";
    EXPECT_EQ(
        verify(sign_token(others, host, "admin", signed_at, 450s), "admin", signed_at, host, keys),
        "The session token is not the expected one.");
}

TEST(token_verifier, a_refusal_holds_no_secret) {
    test_keys keys = plain_keys();
    keys.session_token = "hidden-session-token";
    keys.secret_access_key = "hidden-secret";
    const std::string token = sign_token(keys, host, "app", signed_at, 450s);
    for (const std::string& cause :
         {verify(token, "admin", signed_at, host, keys), verify(token, "app", signed_at, "x", keys),
          verify(token, "app", signed_at + 1h, host, keys),
          verify(token + "0", "app", signed_at, host, keys)}) {
        EXPECT_NE(cause, "");
        EXPECT_EQ(cause.find("hidden"), std::string::npos) << cause;
        EXPECT_EQ(cause.find("X-Amz-Signature="), std::string::npos) << cause;
    }
}

}  // namespace token_verifier_test
