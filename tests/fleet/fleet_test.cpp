// SPDX-License-Identifier: Apache-2.0
// Fleets of processes that connect to one cluster, simulated with the engine and the pace of the
// pool. The full sizes are in fleet_table.cpp.
#include "fleet/fleet_goals.hpp"
#include "fleet/fleet_simulation.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace fleet_test {

using fleet::cluster_quotas;
using fleet::fleet_result;
using fleet::fleet_size;
using fleet::scenario;
using fleet::simulate;

// A tenth of the default quotas for a tenth of the connections.
constexpr cluster_quotas small_quotas{.per_second = 10, .burst = 100, .most_open = 1'000};

// Three hours are long to simulate, so one size must do for them.
std::vector<fleet_size> sizes_for(scenario what) {
    return what == scenario::lifetimes ? std::vector<fleet_size>{{100, 10}}
                                       : std::vector<fleet_size>{{100, 10}, {20, 50}};
}

class Fleet : public testing::TestWithParam<scenario> {};

TEST_P(Fleet, MeetsItsGoals) {
    for (const fleet_size& size : sizes_for(GetParam())) {
        const fleet_result result = simulate(GetParam(), size, small_quotas, 1);
        EXPECT_EQ(missed_goals(GetParam(), size, small_quotas, result), "")
            << size.processes << " processes: " << result.seconds << " s of " << result.ideal
            << " s, " << result.refused << " refusals, " << result.busiest_minute.back()
            << " in a minute";
    }
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Fleet,
                         testing::Values(scenario::start, scenario::replacement, scenario::rolling,
                                         scenario::outage, scenario::lifetimes));

TEST(FleetSimulation, TheSameSeedGivesTheSameResult) {
    const fleet_result one = simulate(scenario::start, {20, 20}, small_quotas, 1);
    const fleet_result same = simulate(scenario::start, {20, 20}, small_quotas, 1);
    const fleet_result other = simulate(scenario::start, {20, 20}, small_quotas, 2);
    EXPECT_EQ(one.seconds, same.seconds);
    EXPECT_EQ(one.refused, same.refused);
    EXPECT_NE(one.seconds, other.seconds);
}

}  // namespace fleet_test
