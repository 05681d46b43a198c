// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include "pg/connect/handshake_watch.hpp"
#include "pg/connect/open_connection.hpp"
#include "pg/handle.hpp"
#include "pg/io/operation.hpp"

#include <string>

namespace dsql::pg {

/// Connects to one address. Each step calls PQconnectPoll.
class connect_operation final : public operation {
public:
    /// Starts to connect. Throws `connection_error` if libpq fails at once, and what `start_login`
    /// throws. `target` must outlive this object.
    connect_operation(const login& target, const std::string& address,
                      const std::string& root_certificate);

    wait_for step() override;
    [[nodiscard]] int socket() const override;

    /// The phase that the connect has reached.
    [[nodiscard]] connection_phase phase() const noexcept { return phase_; }

    /// The finished connection; call it once, after `done`.
    [[nodiscard]] owned_handle take() noexcept;

private:
    [[nodiscard]] connection_phase current_phase() const noexcept;

    [[nodiscard]] int poll() noexcept;

    const login& target_;
    handshake_watch watch_{};  // declared before the handle, which refers to it
    owned_handle handle_;
    connection_phase phase_ = connection_phase::tcp;
    bool started_ = false;
};

}  // namespace dsql::pg
