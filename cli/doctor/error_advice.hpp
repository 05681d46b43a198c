// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>

#include "doctor/finding.hpp"

#include <exception>
#include <string>
#include <string_view>

namespace dsql_cli::doctor {

/// What to do about a certificate that is of a trusted authority and has another fault.
inline constexpr const char* invalid_certificate_advice =
    "an authority of your own, or of a proxy that intercepts TLS, issued it: it must be a "
    "certificate for servers, with SHA-256 or better and RSA keys of at least 2048 bits";

/// Explains why a login failed and what to do: translates the server's message and HINT into the
/// IAM action, the grant or the setting that is missing.
[[nodiscard]] finding describe_login_error(const dsql::connection_error& error,
                                           const std::string& user, const dsql::endpoint& endpoint);

/// Quotes a role as an SQL identifier.
[[nodiscard]] std::string quoted_role(std::string_view name);

/// Returns the ARN that a HINT names; empty if it names none.
[[nodiscard]] std::string arn_in(std::string_view hint);

/// Says which IAM action on which cluster an identity must be allowed. `arn` may be empty.
[[nodiscard]] std::string policy_for(const std::string& user, const std::string& arn,
                                     const dsql::endpoint& endpoint);

/// Explains why a statement on an open connection failed and what to do.
/// `step` names the statement, for example "SELECT 1".
[[nodiscard]] finding describe_statement_error(const std::string& step,
                                               const std::exception& error);

}  // namespace dsql_cli::doctor
