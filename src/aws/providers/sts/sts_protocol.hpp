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

namespace dsql::aws {

/// The parameters of AssumeRole. An empty member is not sent, except for the two that have a
/// default.
/// Source: AWS STS API Reference, "AssumeRole"; the defaults are those of the AWS SDK for Go.
struct assume_role_request {
    std::string role_arn{};
    /// If empty, a name is generated.
    std::string role_session_name{};
    std::string external_id{};
    /// How long the credentials shall be valid. The default is 15 minutes.
    std::optional<std::chrono::seconds> duration{};
    std::string mfa_serial{};
    /// The code of the MFA device, six digits.
    secret_string mfa_code{};
    /// A session policy in JSON.
    std::string policy{};
    std::vector<std::string> policy_arns{};
    std::string source_identity{};
    /// The session tags: pairs of key and value.
    std::vector<std::pair<std::string, std::string>> tags{};
    std::vector<std::string> transitive_tag_keys{};
};

/// The parameters of AssumeRoleWithWebIdentity.
/// Source: AWS STS API Reference, "AssumeRoleWithWebIdentity".
struct web_identity_request {
    std::string role_arn{};
    /// If empty, a name is generated.
    std::string role_session_name{};
    /// The token of the identity provider, which is sent unchanged.
    secret_string token{};
    /// How long the credentials shall be valid. If empty, the service decides: one hour.
    std::optional<std::chrono::seconds> duration{};
};

/// Returns the request as application/x-www-form-urlencoded.
[[nodiscard]] secret_string form_of(const assume_role_request& request);
/// @see form_of(const assume_role_request&)
[[nodiscard]] secret_string form_of(const web_identity_request& request);

/// The longest response of STS that is accepted, in bytes. Real responses are several times
/// shorter.
inline constexpr std::size_t max_sts_response_size = 65'536;

/// Reads the response to AssumeRole or AssumeRoleWithWebIdentity, whose Credentials must have all
/// four members. The text is not trusted: its size is limited, and a DOCTYPE is an error, so that
/// the text cannot define entities. Throws `credentials_error`, which names what is missing and
/// never shows the text.
/// Source: AWS STS API Reference, "AssumeRole" and "Credentials".
[[nodiscard]] credentials parse_sts_credentials(std::string_view xml);

/// An error that STS reports.
struct sts_error {
    std::string code{};     ///< for example "AccessDenied"; only letters, digits and . : _ -
    std::string message{};  ///< not trusted; it may repeat secrets of the request
};

/// Reads the error from a response of the form `<ErrorResponse><Error><Code>` or
/// `<Response><Errors><Error><Code>`. The text is not trusted. Both members are empty when it has
/// another form.
/// Source: AWS STS API Reference, "Common Errors".
[[nodiscard]] sts_error parse_sts_error(std::string_view xml);

}  // namespace dsql::aws
