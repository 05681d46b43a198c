// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace dsql_cli::doctor {

/// A TCP connection, closed by the destructor.
class tcp_socket {
public:
    /// Connects to a numeric address. Throws std::system_error, with `ETIMEDOUT` if the connection
    /// is not made within `limit`.
    tcp_socket(const std::string& address, int port, std::chrono::milliseconds limit);
    ~tcp_socket();
    tcp_socket(const tcp_socket&) = delete;
    tcp_socket& operator=(const tcp_socket&) = delete;

    /// The socket, in non-blocking mode.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_ = -1;
};

/// Waits for one of poll's `events`, or for an error or hang-up. Returns false if `until` passes
/// first. `until` is a point in time rather than a duration, so that a server that sends single
/// bytes cannot extend an exchange of several waits.
[[nodiscard]] bool wait_for(int descriptor, short events,
                            std::chrono::steady_clock::time_point until);

/// Whether a numeric address is an IPv6 address.
[[nodiscard]] bool is_v6(const std::string& address);

}  // namespace dsql_cli::doctor
