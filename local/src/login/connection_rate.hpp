// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace dsql_local {

/// Limits new connections as an Aurora DSQL cluster does: a token bucket that is full at the start.
/// Each session takes a token; without one it is rejected. Thread-safe.
/// Source: https://docs.aws.amazon.com/aurora-dsql/latest/userguide/CHAP_quotas.html
class connection_rate {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// The bucket gets `per_second` tokens each second (0 to 1 000 000; 0 means no limit) and holds
    /// at most `burst` tokens (1 to 1 000 000).
    connection_rate(std::uint32_t per_second, std::uint32_t burst);

    connection_rate(const connection_rate&) = delete;
    connection_rate& operator=(const connection_rate&) = delete;

    /// Takes a token. Returns false, and counts the rejection, if there is none. The caller passes
    /// the time, so that tests need not wait; a time before the latest one counts as the latest.
    bool admit(time_point now);

    /// How many sessions admit() has rejected.
    std::uint64_t rejected_count() const;

private:
    const std::chrono::nanoseconds interval_;  // between two tokens; 0: no limit
    const std::chrono::nanoseconds capacity_;  // until an empty bucket is full
    mutable std::mutex mutex_;
    time_point latest_ = time_point::min();
    time_point full_at_ = time_point::min();
    std::uint64_t rejected_ = 0;
};

}  // namespace dsql_local
