// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace dsql::detail {

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
