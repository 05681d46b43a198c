// SPDX-License-Identifier: Apache-2.0
#pragma once

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
/// for `token_duration`, or for what is left of the credentials' life if that is shorter. Signing
/// is local: the network is used only where a credentials provider needs it.
///
/// Treat it as a password. Each call makes a new one; a pool and its connections cache theirs.
/// Throws `config_error` or `credentials_error`. Safe from any thread.
/// Source: Aurora DSQL User Guide, "Generating an authentication token"; AWS Signature Version 4,
/// "Authenticating requests: query parameters".
[[nodiscard]] DSQL_EXPORT std::string generate_token(
    const config& settings,
    std::chrono::system_clock::time_point at = std::chrono::system_clock::now());

/// Signs tokens for one config and keeps the last one, for programs that bring their own driver.
///
/// Safe from any thread; one that was moved from may only be assigned to or destroyed. The config's
/// endpoint is worked out once, in the constructor.
class DSQL_EXPORT token_generator {
public:
    /// Throws as `resolve_endpoint` does; asks for no credentials yet.
    explicit token_generator(const config& settings);
    /// For an endpoint that was already worked out, by `resolve_endpoint(settings)`.
    /// Throws `config_error` for other fields of `settings`.
    token_generator(const config& settings, const endpoint& place);
    token_generator(token_generator&&) noexcept;
    token_generator& operator=(token_generator&&) noexcept;
    ~token_generator();

    /// The cached token, or a new one: a token is reused until 80 % of its life have passed or the
    /// credentials behind it come within their refresh window, whichever is first. When many
    /// threads ask at once for one that is not there, one of them signs and all get its token, or
    /// its error. Never null. Throws what the credentials provider throws, or `credentials_error`.
    [[nodiscard]] std::shared_ptr<const std::string> get();

    /// A new token, valid from `at`; the cache is neither asked nor changed.
    [[nodiscard]] std::string generate(
        std::chrono::system_clock::time_point at = std::chrono::system_clock::now());

    /// How many tokens `get` has signed.
    [[nodiscard]] std::int64_t refreshes() const noexcept;

    /// Forgets the cached token, so that the next `get` signs a new one: for a server that refused
    /// it as expired.
    void invalidate() noexcept;

private:
    class implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace dsql
