// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/result.hpp>

#include "pg/io/operation.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

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

/// The data of one message of a COPY ... TO STDOUT, in libpq's memory.
class copy_piece {
public:
    copy_piece(char* data, std::size_t size) noexcept : data_(data), size_(size) {}

    [[nodiscard]] std::string_view view() const noexcept { return {data_.get(), size_}; }

private:
    struct free_with_libpq {
        void operator()(char* data) const noexcept;
    };

    std::unique_ptr<char, free_with_libpq> data_;
    std::size_t size_;
};

/// Waits for the next data of a COPY ... TO STDOUT, and takes all that has arrived with it, up to
/// `most_pieces`.
class copy_data_operation final : public operation {
public:
    /// `to` is empty. It gets the pieces, and stays empty at the end.
    copy_data_operation(pg_conn* handle, std::vector<copy_piece>& to) noexcept
        : handle_(handle), to_(to) {}

    wait_for step() override;
    [[nodiscard]] int socket() const override;

    /// Whether there is no more data, or the connection is broken. Valid after `done`.
    [[nodiscard]] bool is_at_end() const noexcept { return is_at_end_; }

private:
    static constexpr std::size_t most_pieces = 64;

    pg_conn* handle_;
    std::vector<copy_piece>& to_;
    bool is_at_end_ = false;
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
