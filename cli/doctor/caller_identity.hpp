// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace dsql_cli::doctor {

/// Who the credentials belong to.
struct caller_identity {
    std::string arn{};    ///< empty: not known
    std::string error{};  ///< why not
};

/// Asks STS, by GetCallerIdentity, which every identity may call. Waits at most `limit`.
[[nodiscard]] caller_identity fetch_caller_identity(const dsql::credentials& keys,
                                                    const std::string& region,
                                                    std::chrono::milliseconds limit);

/// Returns the ARN to grant a database role to: of a session of a role
/// (`arn:aws:sts::123456789012:assumed-role/app/session`), that of the role; else `arn` itself. The
/// path of a role is not in the ARN of its sessions, so it is missing in the result.
[[nodiscard]] std::string arn_to_grant_to(std::string_view arn);

/// Whether a database role that is granted to `granted` may be used by the caller `arn`.
[[nodiscard]] bool is_granted_to(std::string_view granted, std::string_view arn);

}  // namespace dsql_cli::doctor
