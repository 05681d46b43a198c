// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace dsql::detail {

/// Looks a host name up: its numeric addresses. Throws `credentials_error`.
using host_resolver = std::function<std::vector<std::string>(const std::string& host)>;

/// The system's resolver; waits as long as that is configured to.
[[nodiscard]] std::vector<std::string> system_addresses(const std::string& host);

/// Whether a container endpoint without TLS may have this numeric address: 127.0.0.0/8, ::1,
/// 169.254.170.2 (ECS), 169.254.170.23 and fd00:ec2::23 (EKS).
/// Source: AWS SDKs and Tools Reference Guide, "Container credential provider".
[[nodiscard]] bool is_allowed_address(const std::string& address) noexcept;

/// Checks the host of an http:// URL, an IPv6 address in brackets. Returns the addresses to connect
/// to for a name, all of which are allowed; none for a host that is an address itself.
/// Throws `credentials_error` that lists what is allowed.
[[nodiscard]] std::vector<std::string> checked_addresses(const std::string& host,
                                                         const host_resolver& resolve);

}  // namespace dsql::detail
