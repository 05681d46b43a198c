// SPDX-License-Identifier: Apache-2.0
#include <dsql/config.hpp>
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>
#include <dsql/token.hpp>

#include "base/utc_time.hpp"
#include "support/scoped_environment.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>

namespace environment_test {

using namespace std::chrono_literals;
using std::chrono::system_clock;

class Environment : public testing::Test {
protected:
    Environment() {
        environment_.clear();
        environment_.set("AWS_ACCESS_KEY_ID", "AK");
        environment_.set("AWS_SECRET_ACCESS_KEY", "hunter2");
    }
    // Expects an error from both functions that read credentials from the environment.
    static void expect_failure(const std::string& part) {
        for (const std::string& message : {thrown_message<dsql::credentials_error>([] {
                                               return dsql::environment_credentials()->get();
                                           }),
                                           thrown_message<dsql::credentials_error>(
                                               [] { return dsql::fetch_credentials({}); })}) {
            EXPECT_NE(message.find(part), std::string::npos) << message;
            EXPECT_NE(message.find("AWS_CREDENTIAL_EXPIRATION"), std::string::npos) << message;
        }
    }

    scoped_environment environment_;
};

TEST_F(Environment, HasExpirationAndAccount) {
    environment_.set("AWS_CREDENTIAL_EXPIRATION", " 2199-01-02T03:04:05+00:00 ");
    environment_.set("AWS_ACCOUNT_ID", " 123456789012 ");
    for (const dsql::credentials& keys :
         {dsql::environment_credentials()->get(), dsql::fetch_credentials({}),
          dsql::credentials_for({})->get()}) {
        EXPECT_EQ(keys.expiration, dsql::detail::parse_utc_time("2199-01-02T03:04:05Z"));
        EXPECT_EQ(keys.account_id, "123456789012");
    }
}

TEST_F(Environment, ExpirationAndAccountAreOptional) {
    for (const char* blank : {"", "  "}) {
        environment_.set("AWS_CREDENTIAL_EXPIRATION", blank);
        environment_.set("AWS_ACCOUNT_ID", blank);
        const dsql::credentials keys = dsql::fetch_credentials({});
        EXPECT_FALSE(keys.expiration);
        EXPECT_EQ(keys.account_id, "");
    }
}

TEST_F(Environment, ATokenDoesNotOutliveTheExpiration) {
    environment_.set("AWS_CREDENTIAL_EXPIRATION",
                     dsql::detail::format_utc_time(system_clock::now() + 5min));
    const std::string token = dsql::generate_token({.host = "x.dsql.us-east-1.on.aws"});
    const std::string name = "X-Amz-Expires=";
    EXPECT_LE(std::atoi(token.c_str() + token.find(name) + name.size()), 300);
}

TEST_F(Environment, APassedOrMalformedExpirationIsAnError) {
    environment_.set("AWS_CREDENTIAL_EXPIRATION", "2020-01-02T03:04:05Z");
    expect_failure("expired at 2020-01-02T03:04:05Z");
    for (const char* nonsense : {"soon", "2199-13-02T03:04:05Z", "4102444800"}) {
        environment_.set("AWS_CREDENTIAL_EXPIRATION", nonsense);
        expect_failure("is not a moment such as 2026-01-02T03:04:05Z");
    }
}

}  // namespace environment_test
