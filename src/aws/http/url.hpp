// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

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

/// The parts of a URL that a signature is made of. `path` and `query` are views into the URL.
struct request_target {
    std::string scheme{};      ///< lower case
    std::string host{};        ///< lower case, with the port unless it is the scheme's own
    std::string_view path{};   ///< as written; may be empty
    std::string_view query{};  ///< without the question mark
};

/// "https://host:port/path": what of a URL may be shown, for a user part or a query might hold a
/// secret. Of a text that is no URL nothing is: "an endpoint that is no URL".
[[nodiscard]] std::string shown_url(const std::string& url);

/// Takes a URL apart (RFC 3986, appendix B). It is not checked: libcurl does that when it is used.
[[nodiscard]] request_target target_of(std::string_view url);

}  // namespace dsql::detail
