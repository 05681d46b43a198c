// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>
#include <dsql/observer.hpp>

#include "aws/providers/source.hpp"

#include <chrono>
#include <string>

namespace dsql::aws {

/// Returns how long before their expiration credentials should be renewed, given the `life` that
/// they had when they were fetched: 5 minutes for a life of up to 20 minutes, 15 minutes for one
/// below 90 minutes, otherwise an hour. Source: the advisory refresh window of the AWS SDKs since
/// 2026.
[[nodiscard]] constexpr std::chrono::minutes refresh_window(
    std::chrono::system_clock::duration life) noexcept {
    using std::chrono::minutes;
    if (life <= minutes(20)) {
        return minutes(5);
    }
    return life < minutes(90) ? minutes(15) : minutes(60);
}

/// The back-off after a failed renewal is a random time between these two, as in the AWS SDKs since
/// 2026.
constexpr std::chrono::minutes shortest_backoff{5};
constexpr std::chrono::minutes longest_backoff{10};

/// Expired credentials that stay in use get an expiration this long after the next attempt to renew
/// them. This equals the `refresh_window` of such short-lived credentials, so that a token is
/// replaced at that attempt. Together with the back-off, the extension is 10 to 15 minutes; that of
/// the AWS SDKs is 5 to 15 minutes.
constexpr std::chrono::minutes expiration_extension{5};

/// Interpolates: returns `shortest` for a `part` of 0 and `longest` for a `part` of 1.
[[nodiscard]] std::chrono::milliseconds between(std::chrono::milliseconds shortest,
                                                std::chrono::milliseconds longest, double part);

/// Whether the expiration of `keys` has passed at `now`; false when they have none.
[[nodiscard]] bool has_expired(const credentials& keys,
                               std::chrono::system_clock::time_point now) noexcept;

/// Returns a text for messages, for example "credentials that expired at 2026-01-02T03:04:05Z; it
/// is 2026-01-02T04:00:00Z by this machine's clock". Precondition: `keys` have an expiration.
[[nodiscard]] std::string expired_text(const credentials& keys,
                                       std::chrono::system_clock::time_point now);

/// Returns the credentials of a single fetch from a `source_chain`, for a caller that does not
/// cache them. Extends the expiration of expired ones as `refreshing_provider` does, and reports
/// them to `watcher`, which may be null.
[[nodiscard]] credentials usable_credentials(fetched_credentials fetched, observer* watcher);

}  // namespace dsql::aws
