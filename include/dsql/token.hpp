// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/config.hpp>
#include <dsql/detail/sole_owner.hpp>
#include <dsql/endpoint.hpp>
#include <dsql/export.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace dsql {

/// Signs an IAM token: the password to log in with to the cluster of `settings` as its `user`.
///
/// The token is a SigV4 presigned request without its scheme, byte-equal to what
/// `aws dsql generate-db-connect-auth-token` (or `-admin-auth-token`) prints. It is valid from `at`
/// for `token_duration`, or for what is left of the credentials' life if that is shorter (see
/// `credentials_for` for those that have expired and stay in use). Signing is local: the network is
/// used only where a credentials provider needs it.
///
/// Treat it as a password. Each call makes a new one; a pool and its connections cache theirs.
/// `limits` bound the wait for credentials: when one strikes, a command or request that was started
/// for them is ended, and a provider of the program's own is left to finish by itself.
/// Throws `config_error`, `credentials_error`, `timeout_error` or `cancelled_error`. Safe from any
/// thread.
/// Source: Aurora DSQL User Guide, "Generating an authentication token"; AWS Signature Version 4,
/// "Authenticating requests: query parameters".
[[nodiscard]] DSQL_EXPORT std::string generate_token(
    const config& settings,
    std::chrono::system_clock::time_point at = std::chrono::system_clock::now(),
    const call_limits& limits = {});

/// Signs tokens for one config and keeps the last one, for programs that bring their own driver.
///
/// Safe from any thread. The config's endpoint is worked out once, in the constructor. One that was
/// moved from throws `error` when a token is asked of it.
class DSQL_EXPORT token_generator {
public:
    /// Works the endpoint out; asks for no credentials yet. Throws `config_error` for settings that
    /// cannot be used, and `credentials_error` for shared AWS files that cannot be read.
    explicit token_generator(const config& settings);
    /// For an endpoint that was already worked out, by `resolve_endpoint(settings)`.
    /// Throws `config_error` for other fields of `settings`.
    token_generator(const config& settings, const endpoint& resolved);
    token_generator(token_generator&&) noexcept;
    token_generator& operator=(token_generator&&) noexcept;
    ~token_generator();

    /// The cached token, or a new one: a token is reused until 80 % of its life have passed or the
    /// credentials behind it come within their refresh window, whichever is first. When many
    /// threads ask at once for one that is not there, one is signed and all get it, or its error.
    /// Never null. Throws what the credentials provider throws, or `credentials_error`.
    ///
    /// `limits` bound the wait for credentials, for this caller alone: others who wait for the same
    /// token go on. When the last one has given up, what was started is ended: a command is killed
    /// with its process group, a request is broken off. A provider of the program's own cannot be
    /// interrupted: it is left to finish on a thread that nobody waits for, and who asks meanwhile
    /// waits for that same call. Throws `timeout_error` or `cancelled_error`, which name what was
    /// waited for.
    [[nodiscard]] std::shared_ptr<const std::string> get(const call_limits& limits = {});

    /// A new token, valid from `at`; the cache is neither asked nor changed. `limits` bound the
    /// wait for credentials; see `get`.
    [[nodiscard]] std::string generate(
        std::chrono::system_clock::time_point at = std::chrono::system_clock::now(),
        const call_limits& limits = {});

    /// How many tokens `get` has signed.
    [[nodiscard]] std::int64_t refreshes() const noexcept;

    /// Drops the cached token, so that the next `get` signs a new one. For a token that a server
    /// rejected as expired.
    void invalidate() noexcept;

private:
    class implementation;
    /// Throws `error` for one that was moved from.
    [[nodiscard]] implementation& use();

    detail::sole_owner<implementation> implementation_;
};

}  // namespace dsql
