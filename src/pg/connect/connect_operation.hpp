// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include "pg/connect/handshake_watch.hpp"
#include "pg/connect/open_connection.hpp"
#include "pg/handle.hpp"
#include "pg/io/operation.hpp"

#include <string>

namespace dsql::pg {

/// Connects to one address. libpq's PQconnectPoll as steps.
class connect_operation final : public operation {
public:
    /// Starts. Throws `connection_error` when libpq will not even try. `target` outlives this.
    connect_operation(const login& target, const std::string& address,
                      const std::string& root_certificate);

    wait_for step() override;
    [[nodiscard]] int socket() const override;

    /// How far it has come: for the message of one that is given up.
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
