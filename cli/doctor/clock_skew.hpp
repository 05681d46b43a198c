// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor/finding.hpp"

#include <chrono>
#include <string>

namespace dsql_cli::doctor {

/// How this machine's clock compares with a server's.
struct clock_reading {
    /// How far this machine's clock is ahead, exact to about a second; negative if it is behind.
    std::chrono::seconds ahead{};
    /// Why there is no reading; empty if there is one.
    std::string error{};
};

/// Sends one HEAD request and compares the response's Date header with this machine's clock. Waits
/// at most `limit`, follows no redirect and accepts any status, because every response has a Date.
/// Honors the proxy variables and `AWS_CA_BUNDLE`.
[[nodiscard]] clock_reading read_clock(const std::string& url, std::chrono::milliseconds limit);

/// Advice for a clock that is wrong.
inline constexpr const char* clock_advice =
    "set this machine's clock: tokens are dated by it, and one from the future or past is refused "
    "(\"timedatectl set-ntp true\" has it follow a time server)";

/// Describes how far this machine's clock is ahead of `source`: a warning above one minute, a
/// failure above five.
[[nodiscard]] finding describe_clock(std::chrono::seconds ahead, const std::string& source);

/// Formats a clock's difference: "is 12 minutes behind", "is 70 seconds ahead". Up to two seconds
/// are within the precision of the Date header and give "is right".
[[nodiscard]] std::string format_clock_skew(std::chrono::seconds ahead);

}  // namespace dsql_cli::doctor
