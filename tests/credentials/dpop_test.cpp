// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/login/dpop.hpp"

#include <dsql/error.hpp>

#include "support/json_web_token.hpp"
#include "support/test_key.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

#include <chrono>
#include <set>
#include <string>

namespace dpop_test {

using dsql::aws::dpop_key;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + 900ms;
constexpr const char* url = "https://us-east-1.signin.aws.amazon.com/v1/token";

// The uncompressed point of a public key: 4, x, y (SEC 1, section 2.3.3).
std::string public_point(EVP_PKEY* key) {
    std::string point(65, '\0');
    std::size_t size = 0;
    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
                                    reinterpret_cast<unsigned char*>(point.data()), point.size(),
                                    &size);
    EXPECT_EQ(size, 65U);
    return point;
}

// Replaces the digits of a version 4 UUID by x, and its variant digit, one of 89ab, by Y.
std::string shape_of(std::string uuid) {
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        const std::string digits = i == 19 ? "89ab" : "0123456789abcdef";
        if (i != 14 && digits.find(uuid[i]) != std::string::npos) {
            uuid[i] = i == 19 ? 'Y' : 'x';
        }
    }
    return uuid;
}

TEST(Dpop, AProofIsAJsonWebTokenForOneRequest) {
    for (const bool traditional : {true, false}) {
        test_key key("P-256");
        const json_web_token proof(dpop_key(key.pem(traditional)).proof(url, now));
        EXPECT_TRUE(proof.is_signed_by(key.get()));
        EXPECT_FALSE(proof.is_signed_by(test_key("P-256").get()));
        const json jwk = proof.header.at("jwk");
        EXPECT_EQ(proof.header, (json{{"typ", "dpop+jwt"}, {"alg", "ES256"}, {"jwk", jwk}}));
        EXPECT_EQ(jwk.at("kty"), "EC");
        EXPECT_EQ(jwk.at("crv"), "P-256");
        EXPECT_EQ(jwk.size(), 4U);  // no other member, and so not the private key
        EXPECT_EQ(std::string("\x04") + from_base64url(jwk.at("x").get<std::string>()) +
                      from_base64url(jwk.at("y").get<std::string>()),
                  public_point(key.get()));
        const std::string id = proof.claims.at("jti");
        EXPECT_EQ(proof.claims,
                  (json{{"jti", id}, {"htm", "POST"}, {"htu", url}, {"iat", 1767312000}}));
        EXPECT_EQ(shape_of(id), "xxxxxxxx-xxxx-4xxx-Yxxx-xxxxxxxxxxxx");
    }
}

// Numbers with leading zeros must keep their 32 bytes. One in 128 proofs has such a number.
TEST(Dpop, EveryProofIsUniqueAndValid) {
    test_key key("P-256");
    const dpop_key signer(key.pem());
    std::set<std::string> ids;
    for (int i = 0; i < 600; ++i) {
        const json_web_token proof(signer.proof(url, now));
        ASSERT_TRUE(proof.is_signed_by(key.get()));
        ids.insert(proof.claims.at("jti").get<std::string>());
    }
    EXPECT_EQ(ids.size(), 600U);
}

TEST(Dpop, OtherKeysAreRejectedWithoutShowingThem) {
    const std::string good = test_key("P-256").pem();
    const std::string cases[] = {"",
                                 "hunter2",
                                 good.substr(0, 60),
                                 test_key("P-384").pem(),
                                 test_key("P-256").pem(true, EVP_aes_128_cbc()),
                                 test_key("P-256").pem(false, EVP_aes_128_cbc())};
    for (const std::string& pem : cases) {
        EXPECT_EQ(thrown_message<dsql::credentials_error>([&] { return dpop_key(pem); }),
                  "dpopKey is not an EC P-256 private key in PEM");
        EXPECT_EQ(ERR_peek_error(), 0U);
    }
}

}  // namespace dpop_test
