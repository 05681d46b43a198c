// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace dsql_cli::doctor {

/// What a server's Date header says of this machine's clock.
struct clock_reading {
    /// How far the clock is ahead of the server's, exact to about a second; negative: behind.
    std::chrono::seconds ahead{};
    /// Why there is no reading; empty when there is one.
    std::string failure{};
};

/// Sends one HEAD request and compares. Waits for `limit` at most, follows no redirection, and
/// takes whatever status: every answer has a Date. Proxies and `AWS_CA_BUNDLE` are heeded.
[[nodiscard]] clock_reading read_clock(const std::string& url, std::chrono::milliseconds limit);

}  // namespace dsql_cli::doctor
