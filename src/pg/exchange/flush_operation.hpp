// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/io/operation.hpp"

struct pg_conn;

namespace dsql::pg {

/// Sends what has been handed to libpq, and takes in meanwhile what the server says, so that
/// neither waits for the other. A broken connection ends it: the next exchange finds out.
class flush_operation final : public operation {
public:
    explicit flush_operation(pg_conn* handle) noexcept : handle_(handle) {}

    wait_for step() override;
    [[nodiscard]] int socket() const override;

private:
    pg_conn* handle_;
};

}  // namespace dsql::pg
