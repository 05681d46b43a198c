// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>

#include "doctor/finding.hpp"

#include <string>

namespace dsql_cli::doctor {

/// Why a login failed and what to do: message and HINT of the server, put into the IAM action, the
/// grant or the setting that is missing.
[[nodiscard]] finding of_login_failure(const dsql::connection_error& failure,
                                       const std::string& user, const dsql::endpoint& place);

}  // namespace dsql_cli::doctor
