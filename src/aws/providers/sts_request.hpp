// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dsql::detail {

/// What AssumeRole is asked for. Members that are empty are not sent, but for the two whose default
/// is told.
/// Source: AWS STS API Reference, "AssumeRole"; the defaults are those of the AWS SDK for Go.
struct assume_role_request {
    std::string role_arn{};
    /// Empty: one is made up.
    std::string role_session_name{};
    std::string external_id{};
    /// How long the credentials are to be valid; none: 15 minutes.
    std::optional<std::chrono::seconds> duration{};
    std::string mfa_serial{};
    /// The six digits; a secret.
    std::string mfa_code{};
    /// A session policy, JSON.
    std::string policy{};
    std::vector<std::string> policy_arns{};
    std::string source_identity{};
    /// Session tags, key and value.
    std::vector<std::pair<std::string, std::string>> tags{};
    std::vector<std::string> transitive_tag_keys{};
};

/// What AssumeRoleWithWebIdentity is asked for.
/// Source: AWS STS API Reference, "AssumeRoleWithWebIdentity".
struct web_identity_request {
    std::string role_arn{};
    /// Empty: one is made up.
    std::string role_session_name{};
    /// The identity provider's token, sent as it is; a secret.
    std::string token{};
    /// None: what the service takes, an hour.
    std::optional<std::chrono::seconds> duration{};
};

/// The request as application/x-www-form-urlencoded. It may hold secrets: to be wiped.
[[nodiscard]] std::string form_of(const assume_role_request& request);
[[nodiscard]] std::string form_of(const web_identity_request& request);

}  // namespace dsql::detail
