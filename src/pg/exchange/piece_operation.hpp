// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/result.hpp>

#include "pg/io/operation.hpp"

#include <optional>

struct pg_conn;

namespace dsql::pg {

/// Sends what has been handed to libpq and waits for the next result, which may be a piece of the
/// whole.
class piece_operation final : public operation {
public:
    explicit piece_operation(pg_conn* handle) noexcept : handle_(handle) {}

    wait_for step() override;
    [[nodiscard]] int socket() const override;

    /// The result; none when there are no more, or the connection is broken. Call it once, after
    /// `done`.
    [[nodiscard]] std::optional<result>& taken() noexcept { return taken_; }

private:
    pg_conn* handle_;
    std::optional<result> taken_{};
};

}  // namespace dsql::pg
