// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace dsql::detail {

/// The parts of a URL that may be shown and that rules apply to: a query or a user part might hold
/// a secret.
struct url_parts {
    std::string scheme{};  ///< in lower case
    std::string host{};    ///< an IPv6 address in brackets, an IPv4 address as four numbers
    std::string port{};    ///< the scheme's own when the URL names none

    /// "http://host:80"
    [[nodiscard]] std::string origin() const { return scheme + "://" + host + ":" + port; }
};

/// Takes a URL apart the way libcurl does when it connects; none for what is no absolute URL.
[[nodiscard]] std::optional<url_parts> parse_url(const std::string& text);

}  // namespace dsql::detail
