// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql::detail {

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
