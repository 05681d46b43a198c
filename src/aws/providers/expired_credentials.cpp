// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/expired_credentials.hpp"

#include "base/backoff.hpp"
#include "base/utc_time.hpp"

namespace dsql::aws {

std::chrono::milliseconds between(std::chrono::milliseconds shortest,
                                  std::chrono::milliseconds longest, double part) {
    return shortest + std::chrono::milliseconds(static_cast<long long>(
                          static_cast<double>((longest - shortest).count()) * part));
}

bool has_expired(const credentials& keys, std::chrono::system_clock::time_point now) noexcept {
    return keys.expiration && *keys.expiration <= now;
}

std::string expired_text(const credentials& keys, std::chrono::system_clock::time_point now) {
    return "credentials that expired at " + detail::format_utc_time(*keys.expiration) + "; it is " +
           detail::format_utc_time(now) + " by this machine's clock";
}

credentials usable_credentials(fetched_credentials fetched, observer* watcher) {
    const auto now = std::chrono::system_clock::now();
    if (!has_expired(fetched.keys, now)) {
        return fetched.keys;
    }
    const std::string reason = fetched.source + " returned " + expired_text(fetched.keys, now);
    const auto next_attempt =
        now + between(shortest_backoff, longest_backoff, detail::uniform_real(0, 1));
    if (watcher != nullptr) {
        watcher->credentials_refresh_failed({.reason = reason,
                                             .expiration = fetched.keys.expiration,
                                             .next_attempt = next_attempt});
    }
    fetched.keys.expiration = next_attempt + expiration_extension;
    return fetched.keys;
}

}  // namespace dsql::aws
