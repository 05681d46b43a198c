// SPDX-License-Identifier: Apache-2.0
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>
#include <dsql/token.hpp>

#include "aws/providers/expired_credentials.hpp"
#include "support/scoped_environment.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

namespace token_generator_test {

using dsql::config;
using dsql::credentials;
using dsql::token_generator;
using namespace std::chrono_literals;
using std::chrono::system_clock;

config config_with(std::function<credentials()> source, std::chrono::seconds duration = 900s) {
    return {.host = "x.dsql.us-east-1.on.aws",
            .token_duration = duration,
            .credentials = dsql::make_credentials_provider(std::move(source))};
}

TEST(TokenGenerator, CachesATokenUntilItIsInvalidated) {
    int asked = 0;
    token_generator tokens(config_with([&] {
        ++asked;
        return credentials{.access_key_id = "a", .secret_access_key = "s"};
    }));
    const auto first = tokens.get();
    EXPECT_EQ(tokens.get(), first);
    EXPECT_EQ(asked, 1);
    tokens.invalidate();
    EXPECT_NE(tokens.get(), first);
    EXPECT_EQ(asked, 2);
}

TEST(TokenGenerator, CredentialsInTheirRefreshWindowAreFetchedAgain) {
    int asked = 0;
    token_generator tokens(config_with([&] {
        ++asked;
        return credentials{.access_key_id = "a",
                           .secret_access_key = "s",
                           .expiration = system_clock::now() + 4min};
    }));
    static_cast<void>(tokens.get());
    static_cast<void>(tokens.get());
    EXPECT_EQ(asked, 2) << "a token whose credentials end within 5 minutes was kept";
}

TEST(TokenGenerator, ActionFollowsTheUserExactly) {
    for (const auto& [user, action] :
         {std::pair("admin", "Action=DbConnectAdmin&"), std::pair("Admin", "Action=DbConnect&"),
          std::pair("administrator", "Action=DbConnect&"), std::pair("app", "Action=DbConnect&")}) {
        config settings =
            config_with([] { return credentials{.access_key_id = "a", .secret_access_key = "s"}; });
        settings.user = user;
        EXPECT_NE(dsql::generate_token(settings).find(action), std::string::npos) << user;
    }
}

TEST(TokenGenerator, HostIsSignedInLowerCaseWithoutPort) {
    config settings =
        config_with([] { return credentials{.access_key_id = "a", .secret_access_key = "s"}; });
    settings.host = "X.DSQL.us-east-1.on.aws";
    settings.port = 6543;
    EXPECT_TRUE(dsql::generate_token(settings).starts_with("x.dsql.us-east-1.on.aws/?"));
}

TEST(TokenGenerator, ExceptionsOfTheProviderArriveUnchanged) {
    struct vault_sealed {};
    const config settings = config_with([]() -> credentials { throw vault_sealed(); });
    EXPECT_THROW(static_cast<void>(dsql::generate_token(settings)), vault_sealed);
    token_generator tokens(settings);
    EXPECT_THROW(static_cast<void>(tokens.get()), vault_sealed);
}

TEST(TokenGenerator, ADurationOutOfRangeIsAnError) {
    EXPECT_THROW(token_generator(config_with([] { return credentials{}; }, 0s)),
                 dsql::config_error);
}

TEST(RefreshWindow, GrowsWithTheRemainingLifetime) {
    using dsql::aws::refresh_window;
    EXPECT_EQ(refresh_window(15min), 5min);
    EXPECT_EQ(refresh_window(20min), 5min);
    EXPECT_EQ(refresh_window(60min), 15min);
    EXPECT_EQ(refresh_window(90min), 60min);
    EXPECT_EQ(refresh_window(12h), 60min);
}

}  // namespace token_generator_test
