// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>
#include <dsql/secret_string.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
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
    /// The six digits.
    secret_string mfa_code{};
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
    /// The identity provider's token, sent as it is.
    secret_string token{};
    /// None: what the service takes, an hour.
    std::optional<std::chrono::seconds> duration{};
};

/// The request as application/x-www-form-urlencoded.
[[nodiscard]] secret_string form_of(const assume_role_request& request);
[[nodiscard]] secret_string form_of(const web_identity_request& request);

/// The longest answer of STS that is read, in bytes: several times the longest there is.
inline constexpr std::size_t max_sts_response_size = 65'536;

/// Reads the answer to AssumeRole or AssumeRoleWithWebIdentity. All four members of its Credentials
/// have to be there. The text is not trusted: it is bounded in size, and one with a DOCTYPE is
/// refused, so that no entity but XML's own five and character references means anything.
/// Throws `credentials_error`, which says what is missing and shows nothing of the text.
/// Source: AWS STS API Reference, "AssumeRole" and "Credentials".
[[nodiscard]] credentials parse_sts_credentials(std::string_view xml);

/// What STS says went wrong.
struct sts_error {
    std::string code{};     ///< "AccessDenied"; letters, digits and . : _ - only
    std::string message{};  ///< as sent: not to be trusted, and it may repeat what was sent
};

/// Reads an error answer, `<ErrorResponse><Error><Code>` or `<Response><Errors><Error><Code>`.
/// Both members are empty when the text, which is not trusted, is nothing of the kind.
/// Source: AWS STS API Reference, "Common Errors".
[[nodiscard]] sts_error parse_sts_error(std::string_view xml);

}  // namespace dsql::detail
