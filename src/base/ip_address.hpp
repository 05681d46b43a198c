// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

namespace dsql::detail {

/// Whether the text is an IPv4 address of four numbers or an IPv6 address without a scope, which
/// need no lookup. Does not allocate.
[[nodiscard]] inline bool is_ip_address(const std::string& text) noexcept {
    in6_addr ignored{};
    return inet_pton(AF_INET, text.c_str(), &ignored) == 1 ||
           inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
}

}  // namespace dsql::detail
