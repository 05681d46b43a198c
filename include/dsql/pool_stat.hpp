// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace dsql {

/// What a pool has at one moment and has done since it was made. The names and meanings are those
/// of `pgxpool.Stat`, but for the last group. A plain value.
struct pool_stat {
    int max_connections = 0;  ///< see `pool_options::max_connections`
    /// `idle_connections`, `acquired_connections` and `constructing_connections` added up. A
    /// replacement does not count until it takes the place of the connection in use that it
    /// replaces.
    int total_connections = 0;
    int idle_connections = 0;          ///< ready to be handed out
    int acquired_connections = 0;      ///< in use
    int constructing_connections = 0;  ///< being connected, or waiting to be

    std::int64_t acquire_count = 0;  ///< acquires that returned a connection
    std::chrono::nanoseconds
        acquire_duration{};  ///< the time that those took, if no connection was idle
    /// Acquires that were given up by a deadline or a stop.
    std::int64_t canceled_acquire_count = 0;
    /// Acquires that returned a connection after they had to wait for one to be given back or made.
    std::int64_t empty_acquire_count = 0;
    std::chrono::nanoseconds empty_acquire_wait_time{};  ///< the time that those waited
    std::int64_t new_connections_count = 0;              ///< connections made
    std::int64_t max_lifetime_destroy_count = 0;         ///< closed for their age
    std::int64_t max_idle_destroy_count = 0;             ///< closed for having been idle

    int waiting = 0;                    ///< callers that wait in `acquire`
    std::int64_t acquire_timeouts = 0;  ///< acquires given up by a deadline
    std::int64_t rejected = 0;          ///< acquires rejected because of `max_waiters`
    std::int64_t connect_errors = 0;    ///< connects that failed, hooks included
    std::int64_t liveness_failures =
        0;                             ///< idle connections found dead before they were handed out
    std::int64_t token_refreshes = 0;  ///< IAM tokens that were signed
    std::int64_t occ_retries = 0;      ///< see `pool::count_occ_retry`
};

}  // namespace dsql
