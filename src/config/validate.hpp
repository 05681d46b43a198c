// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>
#include <dsql/export.hpp>
#include <dsql/pool_options.hpp>

#include <chrono>
#include <string_view>

namespace dsql::detail {

// Each check throws `config_error`; `where` begins its message. Those that dsql::dsql asks too are
// exported.

void check_port(int port, std::string_view where);
void check_token_duration(std::chrono::seconds duration, std::string_view where);
void check_connect_timeout(std::chrono::milliseconds timeout, std::string_view where);
/// Throws `config_error`, which names `where`, for a negative time.
void check_command_timeout(std::chrono::milliseconds timeout, std::string_view where);

/// Checks all of a config that can be checked without environment and files: everything but what
/// `resolve_endpoint` works out.
DSQL_EXPORT void check_config(const config& settings);

/// Checks what a `before_connect` hook has left.
DSQL_EXPORT void check_connect_settings(const connect_settings& settings);

/// "[orm_prefix:]aurora-dsql-cpp-libpq/<version>". `settings` has been checked.
[[nodiscard]] DSQL_EXPORT std::string application_name(const config& settings);

}  // namespace dsql::detail
