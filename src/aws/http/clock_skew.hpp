// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/http_client.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace dsql::aws {

/// Returns how far the service's clock is ahead of ours: the Date header of its response (RFC 9110,
/// section 6.6.1) minus `now`, the time of arrival by our clock. Returns nothing when the response
/// has no readable Date.
[[nodiscard]] std::optional<std::chrono::seconds> clock_offset(
    const http_response& response, std::chrono::system_clock::time_point now);

/// Returns a text such as "this machine's clock is 12 minutes behind the service's" when the clocks
/// differ by more than 5 minutes, which is the difference that AWS tolerates in a signature; empty
/// otherwise.
/// @see clock_offset
[[nodiscard]] std::string clock_skew(const http_response& response,
                                     std::chrono::system_clock::time_point now);

}  // namespace dsql::aws
