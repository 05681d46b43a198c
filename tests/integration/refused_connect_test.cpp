// SPDX-License-Identifier: Apache-2.0
// How an endpoint's rejection of a login is classified, and which rejections a pool retries.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/fault_injection.hpp"
#include "support/translated_messages.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace refused_connect_test {

class refused_connect : public testing::Test {
protected:
    // Injects a fault into a connect and returns the reason of its rejection.
    dsql::rejection_reason refusal_at(const std::string& fault) {
        faults_.set(fault);
        try {
            static_cast<void>(dsql::connect(endpoint_under_test()));
        } catch (const dsql::connection_error& failure) {
            return failure.rejection();
        }
        return dsql::rejection_reason::none;
    }

    fault_injection faults_{};
};

TEST_F(refused_connect, HasItsReason) {
    EXPECT_EQ(refusal_at("waking-up times=1"), dsql::rejection_reason::waking_up);
    EXPECT_EQ(refusal_at("rate-exceeded times=1"), dsql::rejection_reason::rate_exceeded);
    EXPECT_EQ(refusal_at("too-many-connections times=1"),
              dsql::rejection_reason::too_many_connections);
}

TEST_F(refused_connect, CarriesItsSqlstate) {
    const std::map<std::string, std::string> states{{"waking-up times=1", "08006"},
                                                    {"rate-exceeded times=1", "53400"},
                                                    {"too-many-connections times=1", "53300"}};
    for (const auto& [fault, sqlstate] : states) {
        faults_.set(fault);
        try {
            static_cast<void>(dsql::connect(endpoint_under_test()));
            ADD_FAILURE() << fault << " did not make the connect fail";
        } catch (const dsql::connection_error& failure) {
            EXPECT_EQ(failure.sqlstate(), sqlstate) << failure.what();
            EXPECT_FALSE(failure.code()) << failure.what();
            EXPECT_EQ(failure.is_transient(), !fault.starts_with("too-many")) << failure.what();
            EXPECT_EQ(std::string(failure.what()).find("LOCATION"), std::string::npos);
        }
    }
}

// libpq translates the label of a HINT.
TEST_F(refused_connect, IsUnderstoodUnderTranslatedMessages) {
    if (!translated_messages::work()) {
        GTEST_SKIP() << "the C library has no German messages here";
    }
    dsql::config settings = endpoint_under_test();
    settings.credentials =
        dsql::static_credentials({.access_key_id = required_variable("AWS_ACCESS_KEY_ID"),
                                  .secret_access_key = "not-the-secret",
                                  .session_token = required_variable("AWS_SESSION_TOKEN")});
    const auto hint = [&settings]() -> std::string {
        try {
            static_cast<void>(dsql::connect(settings));
        } catch (const dsql::connection_error& failure) {
            EXPECT_EQ(failure.phase(), dsql::connection_phase::auth) << failure.what();
            return failure.hint();
        }
        return "connected";
    };
    const std::string in_english = hint();
    EXPECT_NE(in_english.find("ignature"), std::string::npos) << in_english;
    const translated_messages german;
    EXPECT_EQ(hint(), in_english);
}

TEST_F(refused_connect, IsRetriedByAPoolIfTransient) {
    faults_.set("waking-up times=3");
    faults_.set("rate-exceeded times=1");
    dsql::pool pool(endpoint_under_test());
    EXPECT_EQ(
        dsql::transact(pool, [](dsql::transaction& tx) { return tx.query_value<int>("SELECT 1"); }),
        1);
    EXPECT_EQ(pool.stat().connect_errors, 4);
}

// Other processes may close some of their connections.
TEST_F(refused_connect, IsRetriedByAPoolIfTheClusterIsFull) {
    faults_.set("too-many-connections times=1");
    dsql::pool pool(endpoint_under_test());
    EXPECT_EQ(pool.query_value<int>("SELECT 1"), 1);
    EXPECT_EQ(pool.stat().connect_errors, 1);
}

TEST_F(refused_connect, FailsTheAcquireIfPermanent) {
    dsql::config settings = endpoint_under_test();
    settings.credentials = dsql::static_credentials(
        {.access_key_id = "AKIAUNKNOWN", .secret_access_key = "not-the-secret"});
    dsql::pool pool(settings);
    EXPECT_THROW(dsql::transact(pool, [](dsql::transaction&) {}), dsql::connection_error);
    EXPECT_EQ(pool.stat().connect_errors, 1);
}

}  // namespace refused_connect_test
