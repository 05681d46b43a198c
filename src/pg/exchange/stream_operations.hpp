// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/result.hpp>

#include "pg/io/operation.hpp"

#include <cstddef>
#include <optional>

struct pg_conn;

namespace dsql::pg {

/// Sends what was handed to libpq and waits for the next result, which may be a chunk of a stream.
class next_result_operation final : public operation {
public:
    explicit next_result_operation(pg_conn* handle) noexcept : handle_(handle) {}

    wait_for step() override;
    [[nodiscard]] int socket() const override;

    /// The result. None if there are no more or the connection is broken. Valid after `done`.
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

    /// The data, which the caller must free with PQfreemem. Null at the end and if the connection
    /// is broken.
    [[nodiscard]] char* data() const noexcept { return data_; }
    /// The size of the data in bytes. Zero or negative if there is no data.
    [[nodiscard]] int size() const noexcept { return size_; }

private:
    pg_conn* handle_;
    char* data_ = nullptr;
    int size_ = 0;
};

}  // namespace dsql::pg

struct pg_conn;

namespace dsql::pg {

/// Sends what was handed to libpq. Reads input at the same time, so that client and server do not
/// wait for each other. Also ends if the connection is broken; the next operation reports the
/// error.
class flush_operation final : public operation {
public:
    explicit flush_operation(pg_conn* handle) noexcept : handle_(handle) {}

    wait_for step() override;
    [[nodiscard]] int socket() const override;

private:
    pg_conn* handle_;
};

/// The number of bytes to collect before they are sent. libpq uses the same number in pipeline
/// mode.
/// Source: libpq, libpq-int.h, OUTBUFFER_THRESHOLD.
inline constexpr std::size_t flush_threshold = 65'536;

}  // namespace dsql::pg
