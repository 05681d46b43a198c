// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/result.hpp>

#include "pg/io/operation.hpp"

#include <cstddef>
#include <optional>

struct pg_conn;

namespace dsql::pg {

/// Sends what has been handed to libpq and waits for the next result, which may be a piece of the
/// whole.
class next_result_operation final : public operation {
public:
    explicit next_result_operation(pg_conn* handle) noexcept : handle_(handle) {}

    wait_for step() override;
    [[nodiscard]] int socket() const override;

    /// The result; none when there are no more, or the connection is broken. Call it once, after
    /// `done`.
    [[nodiscard]] std::optional<result>& taken() noexcept { return taken_; }

private:
    pg_conn* handle_;
    std::optional<result> taken_{};
};

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

/// As much as is collected before it is handed to the network, in bytes: what libpq itself flushes
/// at.
inline constexpr std::size_t flush_threshold = 65'536;

}  // namespace dsql::pg
