// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace dsql_cli {

/// The result of a lookup by getaddrinfo.
struct lookup_result {
    int status = 0;  ///< an EAI_* code; 0: none
    std::vector<std::string> addresses{};
};

/// Looks up the numeric addresses of a host, IPv4 and IPv6. An address is its own result. Returns
/// nothing if it takes longer than `limit`; the lookup then continues on a thread of its own,
/// because getaddrinfo cannot be interrupted.
[[nodiscard]] std::optional<lookup_result> look_up_within(const std::string& host,
                                                          std::chrono::milliseconds limit);

}  // namespace dsql_cli
