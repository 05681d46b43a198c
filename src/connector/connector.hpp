// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/config.hpp>
#include <dsql/connection.hpp>
#include <dsql/endpoint.hpp>
#include <dsql/observer.hpp>
#include <dsql/pool_options.hpp>
#include <dsql/token.hpp>

#include "connector/certificate_file.hpp"
#include "pg/connect/open_connection.hpp"
#include "pg/session/schema_version.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace dsql::detail {

/// The time limits of one connect.
struct connect_budget {
    /// Derives the limits from `config::connect_timeout`.
    explicit connect_budget(const config& settings);

    std::chrono::milliseconds credentials{};  ///< for the credentials and the token
    std::chrono::milliseconds network{};      ///< from the lookup of the host name to the login
    bool together = false;                    ///< one limit applies to both together
};

/// Opens connections by a config. This is the only class that uses both the AWS part and the
/// PostgreSQL part of the library. Thread-safe.
class connector {
public:
    /// Resolves the endpoint. Throws `config_error`. If a file that it reads is a pipe, it also
    /// throws `cancelled_error` when a stop is requested, and `timeout_error` when the deadline of
    /// `limits` or the config's `connect_timeout` passes.
    explicit connector(const config& settings, const call_limits& limits = {});

    /// Returns the connect settings of the config.
    [[nodiscard]] connect_settings default_settings() const;

    /// Connects with the cached token, or with a new one. The config's `connect_timeout` limits
    /// token and connect together; when it is not set, the token has a separate limit. When the
    /// server rejects the token as expired, the function retries once with a new token. Throws what
    /// `dsql::connect` throws.
    [[nodiscard]] connection open(const connect_settings& as, const call_limits& limits);

    [[nodiscard]] const std::string& host() const noexcept { return login_.host; }
    [[nodiscard]] std::chrono::milliseconds connect_timeout() const noexcept {
        return budget_.network;
    }
    /// The number of tokens that were signed.
    [[nodiscard]] std::int64_t token_refreshes() const noexcept {
        return tokens_.refreshes() + other_action_tokens_.refreshes();
    }

private:
    connector(const config& settings, const endpoint& place, const call_limits& limits);

    [[nodiscard]] connection log_in(pg::login login, token_generator& tokens,
                                    const call_limits& limits);
    [[nodiscard]] connection log_in_with(token_generator& tokens, pg::login& login,
                                         const pg::deadline& until, const call_limits& limits);

    token_generator tokens_;
    // For connects whose user, set by before_connect, needs the other IAM action.
    token_generator other_action_tokens_;
    const certificate_file roots_;
    const pg::login login_;  // without the password
    const connect_budget budget_;
    const session_options options_;
    // Shared by all connections: when one changes the schema, the others prepare their statements
    // again.
    const std::shared_ptr<pg::schema_version> schema_ = std::make_shared<pg::schema_version>();
    const std::shared_ptr<dsql::observer> observer_;
};

}  // namespace dsql::detail
