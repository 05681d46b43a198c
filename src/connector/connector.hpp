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
#include "connector/endpoint_health.hpp"
#include "pg/connect/open_connection.hpp"
#include "pg/session/schema_version.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace dsql::detail {

/// The time limits of one connect.
struct connect_budget {
    /// Derives the limits from `config::connect_timeout`.
    explicit connect_budget(const config& settings);

    std::chrono::milliseconds credentials{};  ///< for the credentials and the token
    std::chrono::milliseconds network{};      ///< from the lookup of the host name to the login
    bool together = false;                    ///< one limit applies to both together
};

/// The time that one connect has for all of the endpoints that it tries. Each endpoint gets an
/// equal share of what is left, so that one that does not respond leaves time for the others.
struct connect_time {
    pg::deadline credentials{};      ///< for the token, and perhaps for everything
    pg::deadline network{};          ///< set when the first token is there
    std::size_t endpoints_left = 1;  ///< with the current one
    bool has_token = false;          ///< for the current endpoint

    /// Returns the deadline for the current endpoint. Precondition: `network` is set.
    [[nodiscard]] pg::deadline share() const;
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

    /// Connects to the first endpoint that is not known to be down, and to the next one if it is
    /// down. Uses the cached token, or a new one. The config's `connect_timeout` limits
    /// token and connect together; when it is not set, the token has a separate limit. When the
    /// server rejects the token as expired, the function retries once with a new token. Throws what
    /// `dsql::connect` throws.
    [[nodiscard]] connection open(const connect_settings& as, const call_limits& limits);

    /// The host of the preferred endpoint.
    [[nodiscard]] const std::string& host() const noexcept { return routes_.front().login.host; }
    [[nodiscard]] std::chrono::milliseconds connect_timeout() const noexcept {
        return budget_.network;
    }
    /// The number of tokens that were signed.
    [[nodiscard]] std::int64_t token_refreshes() const noexcept;

private:
    // One endpoint of the config.
    struct route {
        pg::login login{};  // without the password
        token_generator tokens;
        // For connects whose user, set by before_connect, needs the other IAM action.
        token_generator other_action_tokens;
    };

    connector(const config& settings, const std::vector<endpoint>& endpoints,
              const call_limits& limits);

    [[nodiscard]] connection open_any(const connect_settings& as, connect_time& time,
                                      const call_limits& limits);
    [[nodiscard]] connection open_at(route& to, const connect_settings& as, connect_time& time,
                                     const call_limits& limits);
    [[nodiscard]] connection log_in(pg::login login, token_generator& tokens, connect_time& time,
                                    const call_limits& limits);
    [[nodiscard]] connection log_in_with(token_generator& tokens, pg::login& login,
                                         connect_time& time, const call_limits& limits);
    void report_failover(const std::exception& failure, std::size_t failures);

    const certificate_file roots_;
    std::vector<route> routes_;  // in order of preference
    endpoint_health health_;
    const connect_budget budget_;
    const session_options options_;
    // Shared by all connections: when one changes the schema, the others prepare their statements
    // again.
    const std::shared_ptr<pg::schema_version> schema_ = std::make_shared<pg::schema_version>();
    const std::shared_ptr<dsql::observer> observer_;
};

}  // namespace dsql::detail
