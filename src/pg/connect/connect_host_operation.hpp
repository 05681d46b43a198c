// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include "pg/connect/connect_operation.hpp"
#include "pg/connect/open_connection.hpp"
#include "pg/handle.hpp"
#include "pg/io/deadline.hpp"
#include "pg/io/operation.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace dsql::pg {

/// Connects to a host, trying its addresses in turn. Each has its share of the time left until the
/// deadline, so that one that does not respond does not use up the time of the others. Once a
/// server has responded or is not trusted, the other addresses are not tried. If all fail, the
/// error is that of the address whose connect came furthest.
class connect_host_operation final : public operation {
public:
    /// `addresses` must not be empty, `until` must be set, and `target` must outlive this object.
    connect_host_operation(const login& target, std::vector<std::string> addresses,
                           std::string root_certificate, const deadline& until);

    /// Throws `connection_error` when the last address has failed, a server has rejected the login,
    /// or a server is not trusted.
    wait_for step() override;
    [[nodiscard]] int socket() const override { return connecting_->socket(); }
    /// The time at which the next address is tried. None for the last address.
    [[nodiscard]] deadline step_by() const override { return is_last() ? deadline() : share_; }

    /// Returns the end of the message when the connect has timed out or was stopped: " while
    /// connecting to ...".
    [[nodiscard]] std::string progress() const;
    /// The finished connection; call it once, after `done`.
    [[nodiscard]] owned_handle take() noexcept { return connecting_->take(); }

private:
    [[nodiscard]] bool is_last() const noexcept { return index_ + 1 == addresses_.size(); }
    [[nodiscard]] bool is_over() const { return !is_last() && share_.left()->count() == 0; }
    void start();
    void keep_if_more_telling(const connection_error& failure);

    const login& target_;
    const std::vector<std::string> addresses_;
    const std::string root_certificate_;
    const deadline until_;
    std::size_t index_ = 0;
    deadline share_{};  // of the current address
    std::optional<connect_operation> connecting_{};
    std::optional<connection_error> failure_{};  // of the address whose connect came furthest
};

}  // namespace dsql::pg
