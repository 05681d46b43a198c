// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/io/operation.hpp"

struct pg_conn;

namespace dsql::pg {

/// Waits for the next data of a COPY ... TO STDOUT.
class copy_data_operation final : public operation {
public:
    explicit copy_data_operation(pg_conn* handle) noexcept : handle_(handle) {}

    wait_for step() override;
    [[nodiscard]] int socket() const override;

    /// The data, to be given to PQfreemem; null at the end, and when the connection is broken.
    [[nodiscard]] char* data() const noexcept { return data_; }
    /// Its size; negative without data.
    [[nodiscard]] int size() const noexcept { return size_; }

private:
    pg_conn* handle_;
    char* data_ = nullptr;
    int size_ = 0;
};

}  // namespace dsql::pg
