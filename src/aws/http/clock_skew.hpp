// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/http_client.hpp"

#include <chrono>
#include <string>

namespace dsql::detail {

/// "this machine's clock is 12 minutes behind the service's" when the answer's Date header (RFC
/// 9110, section 6.6.1) and `now`, the moment it arrived by our clock, are more than 5 minutes
/// apart, which is what AWS tolerates in a signature; empty otherwise and without a readable Date.
[[nodiscard]] std::string clock_skew(const http_response& response,
                                     std::chrono::system_clock::time_point now);

}  // namespace dsql::detail
