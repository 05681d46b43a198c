// SPDX-License-Identifier: Apache-2.0
#include "aws/signing/token_signer.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <ctime>
#include <fstream>
#include <string>

namespace presign_test {

using dsql::credentials;
using dsql::aws::token_signer;
using std::chrono::seconds;
using std::chrono::system_clock;

// 2024-08-27T00:00:00Z
const system_clock::time_point vector_time{seconds(1'724'716'800)};

std::string known_token(bool admin) {
    token_signer signer("peccy.dsql.us-east-1.on.aws", "us-east-1", admin, seconds(450));
    return signer.sign({.access_key_id = "akid", .secret_access_key = "secret"}, vector_time).text;
}

// Both vectors come from the unit tests of the AWS SDK for Rust.
TEST(Presign, MatchesKnownSignatures) {
    const std::string tail =
        "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=akid%2F20240827%2Fus-east-1%2Fdsql%2F"
        "aws4_request&X-Amz-Date=20240827T000000Z&X-Amz-Expires=450&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=";
    EXPECT_EQ(known_token(false),
              "peccy.dsql.us-east-1.on.aws/?Action=DbConnect" + tail +
                  "f5f2ad764ca5df44045d4ab6ccecba0eef941b0007e5765885a0b6ed3702a3f8");
    EXPECT_EQ(known_token(true),
              "peccy.dsql.us-east-1.on.aws/?Action=DbConnectAdmin" + tail +
                  "267cf8d04d84444f7a62d5bdb40c44bfc6cb13dd6c64fa7f772df6bbaa90fff1");
}

system_clock::time_point moment(const std::string& text) {
    std::tm parts{};
    EXPECT_NE(strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts), nullptr) << text;
    return system_clock::from_time_t(timegm(&parts));
}

TEST(Presign, EqualsTheAwsCliByteForByte) {
    std::ifstream file(DSQL_TOKEN_VECTORS);
    const nlohmann::json vectors = nlohmann::json::parse(file);
    ASSERT_GE(vectors.at("cases").size(), 60U);
    for (const nlohmann::json& vector : vectors.at("cases")) {
        const auto text = [&vector](const char* key) {
            return vector.at(key).get<std::string>();
        };
        token_signer signer(text("host"), text("region"), text("user") == "admin",
                            seconds(vector.at("expires").get<int>()));
        const credentials keys{.access_key_id = text("access_key_id"),
                               .secret_access_key = text("secret_access_key"),
                               .session_token = text("session_token")};
        EXPECT_EQ(signer.sign(keys, moment(text("at"))).text, text("token"));
    }
}

}  // namespace presign_test
