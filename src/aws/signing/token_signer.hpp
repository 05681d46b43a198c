// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>
#include <dsql/secret_string.hpp>

#include "base/digest.hpp"
#include "base/fork_guard.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace dsql::aws {

/// A token and how long it is valid.
struct signed_token {
    std::string text{};
    std::chrono::seconds life{};  ///< never longer than the credentials' remaining life
};

/// Signs tokens for one host, region and action. Caches the signing key of the day between calls.
/// Thread-safe.
class token_signer {
public:
    /// `host` is lower case and has no port.
    token_signer(std::string host, std::string region, bool admin, std::chrono::seconds duration);
    token_signer(const token_signer&) = delete;
    token_signer& operator=(const token_signer&) = delete;

    /// Signs a token that is valid from `at`. Throws `credentials_error` when the keys are
    /// incomplete, contain a line break, or have expired at `at`.
    [[nodiscard]] signed_token sign(const credentials& keys,
                                    std::chrono::system_clock::time_point at);

private:
    struct cached_key {
        secret_string secret_access_key;
        std::string day;
        detail::hmac_sha256_key key;
    };

    [[nodiscard]] detail::hmac_sha256_key signing_key(const secret_string& secret_access_key,
                                                      std::string_view day);

    const std::string host_;
    const std::string region_;
    const std::string_view action_;
    const std::chrono::seconds duration_;

    detail::fork_safe_mutex mutex_;
    std::optional<cached_key> key_;  // guarded by mutex_
};

}  // namespace dsql::aws
