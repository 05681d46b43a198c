// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace dsql_cli::doctor {

/// A TCP connection. Closes itself.
class tcp_socket {
public:
    /// Connects to a numeric address. Throws std::system_error: `ETIMEDOUT` when there is no
    /// answer within `limit`.
    tcp_socket(const std::string& address, int port, std::chrono::milliseconds limit);
    ~tcp_socket();
    tcp_socket(const tcp_socket&) = delete;
    tcp_socket& operator=(const tcp_socket&) = delete;

    /// In non-blocking mode.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_ = -1;
};

/// Waits for poll's `events`, or for what else makes reading and writing fail at once; false when
/// `until` has passed first. One moment for all waits of an exchange: who sends a byte now and then
/// gets no more time.
[[nodiscard]] bool wait_for(int descriptor, short events,
                            std::chrono::steady_clock::time_point until);

/// Whether a numeric address is one of IPv6.
[[nodiscard]] bool is_v6(const std::string& address);

}  // namespace dsql_cli::doctor
