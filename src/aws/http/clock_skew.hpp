// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/http_client.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace dsql::detail {

/// What has to be added to our clock to get the service's: the answer's Date header (RFC 9110,
/// section 6.6.1) minus `now`, the moment it arrived by our clock. None without a readable Date.
[[nodiscard]] std::optional<std::chrono::seconds> clock_offset(
    const http_response& response, std::chrono::system_clock::time_point now);

/// "this machine's clock is 12 minutes behind the service's" when the `clock_offset` is more than
/// 5 minutes, which is what AWS tolerates in a signature; empty otherwise.
[[nodiscard]] std::string clock_skew(const http_response& response,
                                     std::chrono::system_clock::time_point now);

}  // namespace dsql::detail
