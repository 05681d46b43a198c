// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fleet/simulated_cluster.hpp"

#include <array>

namespace fleet {

/// What happens to a fleet of processes that all connect to one cluster.
enum class scenario {
    start,        ///< all processes start at once
    replacement,  ///< all start at once, while those that they replace end within ten seconds
    rolling,      ///< each tenth is stopped and replaced once the tenth before has all connections
    outage,       ///< the endpoint is away for a minute, and all connections break
    lifetimes,    ///< three hours later, when all connections have been replaced three times
};

struct fleet_size {
    int processes = 0;
    int connections = 0;  ///< of each process
};

struct fleet_result {
    bool complete = false;  ///< whether all connections were made
    double seconds = 0;     ///< how long that took
    double ideal = 0;       ///< the shortest time that the cluster's quotas allow
    long connected = 0;
    long refused = 0;  ///< because of the cluster's quotas
    int gave_up = 0;   ///< callers that got an error instead of a connection
    /// The most connections that were made in a minute, in each hour after the fleet was
    /// complete.
    std::array<int, 3> busiest_minute{};
    /// The fewest open connections, after the fleet was complete.
    int fewest_open = 0;
    /// Connections that were still open after all processes had ended.
    int left_open = 0;
};

/// Runs a scenario. The same seed gives the same result.
[[nodiscard]] fleet_result simulate(scenario what, const fleet_size& size,
                                    const cluster_quotas& quotas, unsigned seed);

/// The name of a scenario in a table.
[[nodiscard]] const char* name_of(scenario what) noexcept;

}  // namespace fleet
