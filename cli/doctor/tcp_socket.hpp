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

}  // namespace dsql_cli::doctor
