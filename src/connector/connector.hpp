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

/// How long one connect may take.
struct connect_budget {
    /// Of `config::connect_timeout`.
    explicit connect_budget(const config& settings);

    std::chrono::milliseconds credentials{};  ///< until there is a token
    std::chrono::milliseconds network{};      ///< from the lookup of the name to the login
    bool together = false;                    ///< both are one budget
};

/// Turns a config into connections: the one place where AWS and PostgreSQL meet. Safe from any
/// thread.
class connector {
public:
    /// Works out the endpoint. Throws `config_error`, and `cancelled_error` or `timeout_error` when
    /// a file that it needs is a pipe and `limits` or the config's `connect_timeout` strike.
    explicit connector(const config& settings, const call_limits& limits = {});

    /// As whom the config says to connect.
    [[nodiscard]] connect_settings default_settings() const;

    /// Connects with the cached token, or a new one, within the config's `connect_timeout`, which
    /// counts for both; where that is not set, the token has a budget of its own. A token that
    /// the server calls expired is replaced by a new one, once. Throws as `dsql::connect` does.
    [[nodiscard]] connection open(const connect_settings& as, const call_limits& limits);

    [[nodiscard]] const std::string& host() const noexcept { return login_.host; }
    [[nodiscard]] std::chrono::milliseconds connect_timeout() const noexcept {
        return budget_.network;
    }
    /// How many tokens were signed.
    [[nodiscard]] std::int64_t token_refreshes() const noexcept {
        return tokens_.refreshes() + other_action_tokens_.refreshes();
    }

private:
    connector(const config& settings, const endpoint& place, const call_limits& limits);

    [[nodiscard]] connection log_in(pg::login login, token_generator& tokens,
                                    const call_limits& limits);
    [[nodiscard]] connection log_in_with(token_generator& tokens, pg::login& login,
                                         const pg::deadline& until, const call_limits& limits);

    token_generator tokens_;               // for the config's user
    token_generator other_action_tokens_;  // for a user of before_connect's that needs the other
                                           // IAM action
    const certificate_file roots_;
    const pg::login login_;  // all but the password
    const connect_budget budget_;
    const session_options options_;
    // Of all connections: one that changes the schema makes the others prepare anew.
    const std::shared_ptr<pg::schema_version> schema_ = std::make_shared<pg::schema_version>();
    const std::shared_ptr<dsql::observer> observer_;
};

}  // namespace dsql::detail
