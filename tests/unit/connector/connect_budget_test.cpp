// SPDX-License-Identifier: Apache-2.0
#include "connector/connector.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <vector>

namespace connect_budget_test {

using dsql::detail::connect_budget;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

struct budget_case {
    std::optional<milliseconds> connect_timeout;
    milliseconds credentials;
    milliseconds network;
    bool together;
};

TEST(ConnectBudget, IsTheWholeConnectsWhereItIsSet) {
    const std::vector<budget_case> cases = {
        {std::nullopt, 2min, 10s, false},
        {10s, 10s, 10s, true},  // what counts for the network where it is not set
        {3s, 3s, 3s, true},
        {5min, 5min, 5min, true},
    };
    for (const budget_case& each : cases) {
        const connect_budget budget({.host = "h", .connect_timeout = each.connect_timeout});
        EXPECT_EQ(budget.credentials, each.credentials);
        EXPECT_EQ(budget.network, each.network);
        EXPECT_EQ(budget.together, each.together);
    }
}

}  // namespace connect_budget_test
