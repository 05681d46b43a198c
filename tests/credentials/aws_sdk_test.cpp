// SPDX-License-Identifier: Apache-2.0
#include <dsql/aws_sdk.hpp>

#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

namespace aws_sdk_test {

using namespace std::chrono_literals;
using std::chrono::system_clock;

// An SDK provider that returns the credentials of the test.
class sdk_provider final : public Aws::Auth::AWSCredentialsProvider {
public:
    explicit sdk_provider(Aws::Auth::AWSCredentials keys) : keys_(std::move(keys)) {}
    Aws::Auth::AWSCredentials GetAWSCredentials() override { return keys_; }

private:
    Aws::Auth::AWSCredentials keys_;
};

dsql::credentials adapted(const Aws::Auth::AWSCredentials& keys) {
    return dsql::aws_sdk_credentials(std::make_shared<sdk_provider>(keys))->get();
}

TEST(AwsSdk, ReturnsTheCredentialsOfTheSdk) {
    const auto expiration = std::chrono::sys_days(std::chrono::year(2030) / 1 / 2) + 3h;
    const dsql::credentials keys = adapted({"AKID", "secret", "token", {expiration}});
    EXPECT_EQ(keys.access_key_id, "AKID");
    EXPECT_EQ(keys.secret_access_key, "secret");
    EXPECT_EQ(keys.session_token, "token");
    EXPECT_EQ(keys.expiration, expiration);
}

TEST(AwsSdk, SentinelExpirationsMeanNone) {
    for (const system_clock::time_point never :
         {system_clock::time_point::max(),
          // The maximum rounded down to milliseconds, as the SDK may return it.
          system_clock::time_point(
              std::chrono::floor<std::chrono::milliseconds>(system_clock::duration::max())),
          system_clock::time_point(), system_clock::time_point::min()}) {
        EXPECT_EQ(adapted({"AKID", "secret", "", {never}}).expiration, std::nullopt)
            << never.time_since_epoch().count();
    }
    const auto long_ago = system_clock::time_point(1s);
    EXPECT_EQ(adapted({"AKID", "secret", "", {long_ago}}).expiration, long_ago);
}

TEST(AwsSdk, IncompleteCredentialsAreAnError) {
    for (const auto& [id, secret] :
         {std::pair("", ""), std::pair("AKID", ""), std::pair("", "s")}) {
        const std::string message =
            thrown_message<dsql::credentials_error>([&, id = id, secret = secret] {
                return adapted({id, secret, "", {}});
            });
        EXPECT_NE(message.find("AWS SDK"), std::string::npos) << message;
    }
}

TEST(AwsSdk, ANullProviderIsAnError) {
    EXPECT_THROW(static_cast<void>(dsql::aws_sdk_credentials(nullptr)), dsql::credentials_error);
}

}  // namespace aws_sdk_test
