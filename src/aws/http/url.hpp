// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dsql::aws {

/// The parts of a URL that messages may show and that rules apply to. The query and the user part
/// are left out, because they may hold secrets.
struct url_parts {
    std::string scheme{};  ///< in lower case
    std::string host{};    ///< an IPv6 address in brackets, an IPv4 address as four numbers
    std::string port{};    ///< the scheme's default when the URL has none

    /// Returns scheme, host and port, for example "http://host:80".
    [[nodiscard]] std::string origin() const { return scheme + "://" + host + ":" + port; }
};

/// Parses a URL exactly as libcurl does when it connects. Returns nothing when the text is not an
/// absolute URL, or contains a zero byte.
[[nodiscard]] std::optional<url_parts> parse_url(const std::string& text);

/// Parses the value of a proxy's environment variable exactly as libcurl does. Returns nothing when
/// libcurl would reject it. The host may be part of a password, so no message may show it.
[[nodiscard]] std::optional<url_parts> parse_proxy(const std::string& text);

/// The parts of a URL that a SigV4 signature covers. `path` and `query` are views into the URL.
struct request_target {
    std::string scheme{};      ///< lower case
    std::string host{};        ///< lower case, with the port unless it is the scheme's default
    std::string_view path{};   ///< as written; may be empty
    std::string_view query{};  ///< without the question mark
};

/// Returns the part of a URL that a message may show, for example "https://host:port/path": the
/// user part and the query may hold secrets. Control characters are replaced. For a text that is
/// not a URL, returns "an endpoint that is no URL".
[[nodiscard]] std::string shown_url(const std::string& url);

/// Splits a URL into its parts (RFC 3986, appendix B). Does not validate it: libcurl does that when
/// it sends the request.
[[nodiscard]] request_target target_of(std::string_view url);

}  // namespace dsql::aws
