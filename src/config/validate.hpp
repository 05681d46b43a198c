// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>
#include <dsql/export.hpp>
#include <dsql/pool_options.hpp>

#include <chrono>
#include <string_view>

namespace dsql::detail {

// Each check throws `config_error`, whose message begins with `where`. The checks that the library
// dsql::dsql calls are exported.

/// Throws `config_error` if a text holds a zero byte, which would cut it, or another control
/// character, which no name has and which could change a terminal. The message begins with `where`,
/// which names the text, and does not show it.
void check_plain(std::string_view text, std::string_view where);
/// Throws `config_error` for a port that is not from 1 to 65535.
void check_port(int port, std::string_view where);
/// Throws `config_error` for a duration that is not from 1 s to 604800 s (one week), the range that
/// SigV4 allows for X-Amz-Expires.
void check_token_duration(std::chrono::seconds duration, std::string_view where);
/// Throws `config_error` for a timeout of zero or less.
void check_connect_timeout(std::chrono::milliseconds timeout, std::string_view where);
/// Throws `config_error` for a negative timeout; zero means no timeout.
void check_command_timeout(std::chrono::milliseconds timeout, std::string_view where);

/// Checks everything in a config that can be checked without the environment and files.
/// `resolve_endpoint` checks the rest.
DSQL_EXPORT void check_config(const config& settings);

/// Checks the settings after a `before_connect` hook may have changed them. Throws `config_error`.
DSQL_EXPORT void check_connect_settings(const connect_settings& settings);

/// Returns the application name to connect with: "[orm_prefix:]" and then
/// `settings.application_name`, or "aurora-dsql-cpp-libpq/<version>" when that is empty.
/// Precondition: `check_config` has accepted `settings`.
[[nodiscard]] DSQL_EXPORT std::string application_name(const config& settings);

}  // namespace dsql::detail
