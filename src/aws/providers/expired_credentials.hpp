// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>
#include <dsql/observer.hpp>

#include "aws/providers/source.hpp"

#include <chrono>
#include <string>

namespace dsql::detail {

/// How long before their end credentials with `life` left count as due for a refresh: 5 minutes up
/// to a life of 20 minutes, 15 minutes up to 90, else an hour: the advisory window that the AWS
/// SDKs share since 2026.
[[nodiscard]] constexpr std::chrono::minutes refresh_window(
    std::chrono::system_clock::duration life) noexcept {
    using std::chrono::minutes;
    if (life <= minutes(20)) {
        return minutes(5);
    }
    return life < minutes(90) ? minutes(15) : minutes(60);
}

/// How long a source is left alone after a renewal that failed: a random time between these two, as
/// in the AWS SDKs since 2026.
constexpr std::chrono::minutes shortest_backoff{5};
constexpr std::chrono::minutes longest_backoff{10};

/// How much longer than until the next attempt expired credentials are taken to be good. It is
/// their `refresh_window` then, so that a token is replaced at that attempt. Together with the
/// back-off it makes 10 to 15 minutes; the AWS SDKs extend by 5 to 15.
constexpr std::chrono::minutes expiration_extension{5};

/// The point at `part` (0 to 1) of the way from `shortest` to `longest`.
[[nodiscard]] std::chrono::milliseconds between(std::chrono::milliseconds shortest,
                                                std::chrono::milliseconds longest, double part);

[[nodiscard]] bool has_expired(const credentials& keys,
                               std::chrono::system_clock::time_point now) noexcept;

/// "credentials that expired at 2026-01-02T03:04:05Z; it is 2026-01-02T04:00:00Z by this machine's
/// clock". `keys` have an expiration.
[[nodiscard]] std::string expired_text(const credentials& keys,
                                       std::chrono::system_clock::time_point now);

/// What a single fetch from a `source_chain` brought, for a caller who keeps nothing: expired
/// credentials are returned with an expiration extended as `refreshing_provider` does it, and
/// `watcher`, which may be null, is told.
[[nodiscard]] credentials usable_credentials(fetched_credentials fetched, observer* watcher);

}  // namespace dsql::detail
