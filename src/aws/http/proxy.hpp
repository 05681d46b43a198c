// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/url.hpp"

#include <optional>
#include <string>

namespace dsql::aws {

/// The proxy that an environment variable names.
struct proxy {
    std::string variable{};  ///< the name of the variable, for messages
    /// Empty if libcurl rejects the value. May be what was meant as a password, so no message may
    /// show it.
    std::string host{};
    std::string port{};
    /// Whether libcurl tells the proxy the address of the URL's host and not its name (SOCKS 4 and
    /// 5 without a letter after the number).
    bool wants_address = false;
};

/// Returns the proxy through which libcurl would send a request to this URL, by the environment
/// variables `https_proxy`, `HTTPS_PROXY`, `http_proxy`, `all_proxy`, `ALL_PROXY`, `no_proxy` and
/// `NO_PROXY`. Returns nothing when there is none, or `no_proxy` exempts the host. Looks up no
/// name, and waits for nothing. Throws `std::bad_alloc` and `http_failure`.
[[nodiscard]] std::optional<proxy> proxy_for(const std::string& url, const url_parts& parts);

}  // namespace dsql::aws
