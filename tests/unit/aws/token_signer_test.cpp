// SPDX-License-Identifier: Apache-2.0
#include "aws/signing/token_signer.hpp"

#include <dsql/error.hpp>

#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <string>

namespace token_signer_test {

using dsql::credentials;
using dsql::credentials_error;
using dsql::aws::token_signer;
using namespace std::chrono_literals;
using std::chrono::system_clock;

const system_clock::time_point now{1'724'716'800s};
const credentials keys{.access_key_id = "akid", .secret_access_key = "secret-key"};

bool has(const std::string& token, const std::string& part) {
    return token.find(part) != std::string::npos;
}

TEST(TokenSigner, LifetimeIsClampedToTheCredentials) {
    token_signer signer("h", "r", true, 900s);
    credentials expiring = keys;
    expiring.expiration = now + 100s + 900ms;
    const auto token = signer.sign(expiring, now);
    EXPECT_TRUE(has(token.text, "&X-Amz-Expires=100&")) << token.text;
    EXPECT_EQ(token.life, 100s);
    expiring.expiration = now + 3600s;
    EXPECT_TRUE(has(signer.sign(expiring, now).text, "&X-Amz-Expires=900&"));
}

TEST(TokenSigner, ExpiredCredentialsAreAnError) {
    token_signer signer("h", "r", true, 900s);
    credentials expired = keys;
    expired.expiration = now + 999ms;
    const std::string message =
        thrown_message<credentials_error>([&] { return signer.sign(expired, now); });
    EXPECT_TRUE(has(message, "expired at 20240827T000000Z")) << message;
}

TEST(TokenSigner, IncompleteKeysAreAnErrorThatShowsNeither) {
    token_signer signer("h", "r", true, 900s);
    const std::string message = thrown_message<credentials_error>(
        [&] { return signer.sign({.secret_access_key = "secret-key"}, now); });
    EXPECT_TRUE(has(message, "access key id is empty")) << message;
    EXPECT_FALSE(has(message, "secret-key"));
    EXPECT_THROW(static_cast<void>(signer.sign({.access_key_id = "akid"}, now)), credentials_error);
}

TEST(TokenSigner, KeysWithALineBreakAreAnError) {
    token_signer signer("h.dsql.us-east-1.on.aws", "us-east-1", true, std::chrono::seconds(900));
    for (const credentials& broken :
         {credentials{.access_key_id = "a\n", .secret_access_key = "s"},
          credentials{.access_key_id = "a", .secret_access_key = "s\r"},
          credentials{.access_key_id = "a", .secret_access_key = "s", .session_token = "t\n"}}) {
        EXPECT_NE(thrown_message<dsql::credentials_error>([&] {
                      static_cast<void>(signer.sign(broken, now));
                  }).find("has a line break"),
                  std::string::npos);
    }
}

TEST(TokenSigner, EmptySessionTokenIsLeftOut) {
    token_signer signer("h", "r", true, 900s);
    EXPECT_FALSE(has(signer.sign(keys, now).text, "Security-Token"));
}

TEST(TokenSigner, TheCachedSigningKeyDependsOnSecretAndDay) {
    token_signer kept("h", "r", true, 900s);
    credentials other = keys;
    other.secret_access_key = "another-secret";
    for (const auto at : {now, now + 24h, now}) {
        for (const credentials& used : {keys, other, keys}) {
            token_signer fresh("h", "r", true, 900s);
            EXPECT_EQ(kept.sign(used, at).text, fresh.sign(used, at).text);
        }
    }
}

}  // namespace token_signer_test
