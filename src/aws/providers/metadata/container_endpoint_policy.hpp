// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace dsql::aws {

/// Looks up a host name and returns its numeric addresses. Throws `credentials_error`.
using host_resolver = std::function<std::vector<std::string>(const std::string& host)>;

/// Looks up a host name with the system's resolver, whose configuration decides how long that may
/// take, until a stop is requested. Throws `credentials_error` or `cancelled_error`.
[[nodiscard]] std::vector<std::string> system_addresses(const std::string& host,
                                                        const std::stop_token& stop);

/// Whether a container endpoint without TLS may have this numeric address. Allowed are 127.0.0.0/8,
/// ::1, 169.254.170.2 (ECS), 169.254.170.23 and fd00:ec2::23 (EKS).
/// Source: AWS SDKs and Tools Reference Guide, "Container credential provider".
[[nodiscard]] bool is_allowed_address(const std::string& address) noexcept;

/// Checks the host of an http:// URL; an IPv6 address is in brackets. For a name, returns the
/// addresses to connect to, all of which are allowed. For a numeric address, returns an empty list.
/// Throws `credentials_error`, which lists the allowed addresses.
[[nodiscard]] std::vector<std::string> checked_addresses(const std::string& host,
                                                         const host_resolver& resolve);

}  // namespace dsql::aws
