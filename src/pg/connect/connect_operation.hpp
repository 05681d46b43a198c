// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include "pg/connect/authentication_watch.hpp"
#include "pg/connect/handshake_watch.hpp"
#include "pg/connect/open_connection.hpp"
#include "pg/handle.hpp"
#include "pg/io/operation.hpp"

#include <optional>
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

    // Throws for a server that asks for something else than a password. Returns what to wait for
    // before PQconnectPoll may be called, if anything.
    [[nodiscard]] std::optional<wait_for> look_at_authentication();
    // Throws if a handshake was completed without a check of the certificate.
    void require_checked_certificate();
    // Throws the error of a failed step in which an allocation has failed.
    void throw_if_short_of_memory(connection_phase phase) const;
    [[nodiscard]] int poll() noexcept;
    [[noreturn]] void throw_failure();

    const login& target_;
    const std::string root_certificate_;
    handshake_watch watch_{};  // declared before the handle, which refers to it
    authentication_watch authentication_{};
    owned_handle handle_;
    connection_phase phase_ = connection_phase::tcp;
    bool started_ = false;
};

}  // namespace dsql::pg
