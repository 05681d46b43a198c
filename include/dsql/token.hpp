// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/config.hpp>
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
/// `limits` bound the wait for credentials: when one is reached, a command or request that was
/// started for them is stopped; a provider of the program itself finishes by itself. Throws
/// `config_error`, `credentials_error`, `timeout_error` or `cancelled_error`. Safe from any thread.
/// Source: Aurora DSQL User Guide, "Generating an authentication token"; AWS Signature Version 4,
/// "Authenticating requests: query parameters".
[[nodiscard]] DSQL_EXPORT std::string generate_token(
    const config& settings,
    std::chrono::system_clock::time_point at = std::chrono::system_clock::now(),
    const call_limits& limits = {});

/// Signs tokens for one config and keeps the last one, for programs that bring their own driver.
///
/// Safe from any thread. The constructor resolves the config's endpoint. The functions of a
/// moved-from object throw `error`.
class DSQL_EXPORT token_generator {
public:
    /// Resolves the endpoint, and fetches no credentials yet. Throws `config_error` for settings
    /// that cannot be used, and `credentials_error` for shared AWS files that cannot be read.
    explicit token_generator(const config& settings);
    /// For an endpoint that was already resolved, by `resolve_endpoint(settings)`. Throws
    /// `config_error` for other fields of `settings`.
    token_generator(const config& settings, const endpoint& resolved);
    token_generator(token_generator&&) noexcept;
    token_generator& operator=(token_generator&&) noexcept;
    ~token_generator();

    /// The cached token, or a new one: a token is reused until 80 % of its life have passed or the
    /// credentials behind it come within their refresh window, whichever is first. If several
    /// threads need a new token at the same time, one is signed, and all of them get it or its
    /// error. Never null. Throws what the credentials provider throws, or `credentials_error`.
    ///
    /// `limits` bound the wait for credentials of this caller only; other callers that wait for the
    /// same token are not affected. When the last caller has given up, the work is stopped: a
    /// command is killed with its process group, and a request is aborted. A provider of the
    /// program itself cannot be interrupted. It finishes on a separate thread, and callers that ask
    /// in the meantime wait for that call. Throws `timeout_error` or `cancelled_error`, which name
    /// what the caller was waiting for.
    [[nodiscard]] std::shared_ptr<const std::string> get(const call_limits& limits = {});

    /// Signs a new token, valid from `at`. Neither uses nor changes the cache. `limits` bound the
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

    std::unique_ptr<implementation> implementation_;
};

}  // namespace dsql
