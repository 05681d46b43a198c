// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fleet/fleet_simulation.hpp"

#include <algorithm>
#include <string>

namespace fleet {

/// A fleet that could be complete within some seconds may take so many more. The pauses of its
/// processes are as long, because a process cannot know how many others there are.
constexpr double allowance_for_short = 15;

/// The most connections in a minute that replace others: half of what the cluster takes. If all
/// connections of a full cluster ended evenly in the tenth of 55 minutes by which their lifetimes
/// differ, it would be 30 %.
[[nodiscard]] constexpr double most_replacements(const cluster_quotas& quotas) {
    return 0.5 * 60 * quotas.per_second;
}

/// What a fleet must reach, whatever its size. Returns what it has missed, empty if nothing.
[[nodiscard]] inline std::string missed_goals(scenario what, const fleet_size& size,
                                              const cluster_quotas& quotas,
                                              const fleet_result& result) {
    std::string missed;
    const auto require = [&missed](bool met, const char* goal) {
        missed += met ? "" : std::string(goal) + "; ";
    };
    require(result.complete, "all connections are made");
    require(result.gave_up == 0, "no caller gives up");
    require(result.refused <= result.connected, "at most one refusal for each connection");
    require(result.left_open == 0, "no connection outlives its process");
    if (what == scenario::lifetimes) {
        const int all = size.processes * size.connections;
        require(result.fewest_open >= all * 95 / 100, "connections are replaced before they end");
        require(*std::max_element(result.busiest_minute.begin(), result.busiest_minute.end()) <=
                    most_replacements(quotas),
                "connections do not end together");
    } else {
        require(result.seconds <= std::max(1.3 * result.ideal, result.ideal + allowance_for_short),
                "complete within 1.3 times the ideal time");
    }
    return missed;
}

}  // namespace fleet
