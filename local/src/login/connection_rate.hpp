// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace dsql_local {

/// The limit on new connections of an Amazon Aurora DSQL cluster: a bucket of tokens, full at
/// first. A session takes a token or is refused.
/// https://docs.aws.amazon.com/aurora-dsql/latest/userguide/CHAP_quotas.html
/// Safe from any thread.
class connection_rate {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// The bucket gets `per_second` tokens each second, 0 to 1 000 000, and holds `burst` of them,
    /// 1 to 1 000 000. `per_second` 0 is no limit.
    connection_rate(std::uint32_t per_second, std::uint32_t burst);

    connection_rate(const connection_rate&) = delete;
    connection_rate& operator=(const connection_rate&) = delete;

    /// Takes a token; false, and counted, when there is none. The time is the caller's: a test need
    /// not wait. Times before the latest one count as it.
    bool admit(time_point now);

    /// How many sessions admit() has refused.
    std::uint64_t refusals() const;

private:
    const std::chrono::nanoseconds interval_;  // what it takes one token to come; 0: no limit
    const std::chrono::nanoseconds capacity_;  // what it takes a full bucket to come
    mutable std::mutex mutex_;
    time_point latest_ = time_point::min();
    time_point full_at_ = time_point::min();
    std::uint64_t refusals_ = 0;
};

}  // namespace dsql_local
