// SPDX-License-Identifier: Apache-2.0
// How an endpoint's rejection of a login is classified, and which rejections a pool retries.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/fault_injection.hpp"

#include <gtest/gtest.h>

#include <string>

namespace refused_connect_test {

class refused_connect : public testing::Test {
protected:
    // Why a connect is refused at which the fault strikes.
    dsql::connection_refusal refusal_at(const std::string& fault) {
        faults_.set(fault);
        try {
            static_cast<void>(dsql::connect(endpoint_under_test()));
        } catch (const dsql::connection_error& failure) {
            return failure.refusal();
        }
        return dsql::connection_refusal::none;
    }

    fault_injection faults_{};
};

TEST_F(refused_connect, SaysWhy) {
    EXPECT_EQ(refusal_at("waking-up times=1"), dsql::connection_refusal::waking_up);
    EXPECT_EQ(refusal_at("rate-exceeded times=1"), dsql::connection_refusal::rate_exceeded);
    EXPECT_EQ(refusal_at("too-many-connections times=1"),
              dsql::connection_refusal::too_many_connections);
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

TEST_F(refused_connect, FailsTheAcquireIfPermanent) {
    faults_.set("too-many-connections times=1");
    dsql::pool pool(endpoint_under_test());
    EXPECT_THROW(dsql::transact(pool, [](dsql::transaction&) {}), dsql::connection_error);
}

}  // namespace refused_connect_test
