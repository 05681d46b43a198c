// SPDX-License-Identifier: Apache-2.0
#include "pg/bulk/stream_reader.hpp"

#include <dsql/bulk_functions.hpp>
#include <dsql/error.hpp>
#include <dsql/row_stream.hpp>

#include "errors/statement_context.hpp"
#include "pg/error_report.hpp"
#include "pg/exchange/stream_operations.hpp"
#include "pg/libpq_version.hpp"
#include "pg/session/exclusive_use.hpp"

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <utility>

namespace dsql {

namespace pg {

namespace {

// libpq returns a chunk only when it is full, even if the server takes long for each row, and the
// size cannot be changed once rows have arrived. So chunks are small. With 8 rows, libpq needs a
// tenth more processor time than with 256; with 1 row, two thirds more.
constexpr int rows_per_chunk = 8;

// Returns how many bytes the server sent for a chunk. Each row has a type, a length and a number of
// columns, and each value has a length. Source: PostgreSQL, "Message Formats", DataRow.
std::size_t data_size(const pg_result* chunk) noexcept {
    constexpr std::size_t row_header = 7;
    std::size_t size = 0;
    for (int row = 0; row < PQntuples(chunk); ++row) {
        size += row_header;
        for (int column = 0; column < PQnfields(chunk); ++column) {
            size += static_cast<std::size_t>(PQgetlength(chunk, row, column)) + sizeof(int);
        }
    }
    return size;
}

detail::session_pin streamable(detail::session_pin of, const sql_text& sql) {
    require_streamable(*of, sql);
    return of;
}

void require_piece(const result& next) {
    const pg_result* const piece = next.native_handle();
    const char* wrong = nullptr;
    if (is_copy(piece)) {
        wrong = "COPY cannot be streamed, see copy_out";
    } else if (PQntuples(piece) != 0 && !is_piece_of_stream(PQresultStatus(piece))) {
        wrong = "the rows of a stream came all at once";
    }
    if (wrong != nullptr) {
        throw exchange_error(wrong + std::string("; the connection has been closed"));
    }
}

}  // namespace

stream_reader::stream_reader(detail::session_pin of, const call_limits& limits, const sql_text& sql,
                             const detail::argument_view& values)
    : use_(streamable(std::move(of), sql), limits, sql, values,
           {.busy_with = "a stream of rows", .under_way = "rows were streamed from it"}) {}

task<void> stream_reader::send(const detail::argument_view& values) {
    co_await use_.send(values);
    try {
        if (stream_rows(use_.handle(), rows_per_chunk) == 0) {
            throw exchange_error("libpq refuses to stream rows; the connection has been closed");
        }
    } catch (...) {
        use_.fail();
    }
}

task<std::unique_ptr<stream_reader>> begin_stream(detail::session_pin of, const call_limits& limits,
                                                  const sql_text& sql,
                                                  const detail::argument_view& values) {
    auto begun = std::make_unique<stream_reader>(std::move(of), limits, sql, values);
    begun->leave_at_once();
    co_await begun->send(values);
    co_return begun;
}

stream_reader::~stream_reader() {
    use_.leave(
        [this]() -> task<std::size_t> {
            co_await fetch();
            co_return data_size(piece_->native_handle());
        },
        [this] { return rows_; });
}

const pg_result* stream_reader::current() const {
    if (!piece_) {
        throw error("the stream has ended with an error; there are no more rows");
    }
    return piece_->native_handle();
}

bool stream_reader::take_arrived() {
    if (!use_.is_under_way() || use_.has_reached_limit() || PQisBusy(use_.handle()) != 0) {
        return false;
    }
    pg_result* const next = PQgetResult(use_.handle());
    const bool is_piece = is_piece_of_stream(PQresultStatus(next));
    if (is_piece) {
        piece_.emplace(next);
        rows_ += PQntuples(next);
    } else if (next != nullptr) {
        arrived_.emplace(next);
    }
    return is_piece;
}

// The last result of a stream has no rows, and only the end of the command follows it.
task<void> stream_reader::fetch() {
    piece_.reset();
    try {
        use_.require_under_way();
        if (!arrived_) {
            next_result_operation reading(use_.handle());
            co_await reading;
            if (!reading.taken()) {
                throw_connection_lost(use_.handle(), use_.statement());
            }
            arrived_ = std::move(reading.taken());
        }
        result next = *std::exchange(arrived_, std::nullopt);
        require_piece(next);
        rows_ += PQntuples(next.native_handle());
        at_end_ = !is_piece_of_stream(PQresultStatus(next.native_handle()));
        if (at_end_) {
            co_await read_end(next);
        }
        piece_ = std::move(next);
    } catch (...) {
        use_.fail();
    }
    if (at_end_) {
        use_.end(rows_);
    }
}

task<void> stream_reader::read_end(const result& last) {
    const bool is_complete = co_await finish_exchange();
    reset_result_mode(use_.handle());
    if (is_failure(last.native_handle())) {
        throw_failure(use_.handle(), last.native_handle(), use_.statement());
    }
    // Outside a transaction, the server commits after it has sent the result. Only the end confirms
    // the commit.
    if (!is_complete) {
        throw_connection_lost(use_.handle(), use_.statement());
    }
}

task<bool> stream_reader::finish_exchange() {
    for (;;) {
        next_result_operation reading(use_.handle());
        co_await reading;
        if (!reading.taken() || !use_.session().is_open()) {
            co_return use_.session().is_open();
        }
        if (is_copy(reading.taken()->native_handle())) {
            // libpq would report the COPY again and again, without a wait that a limit could end.
            throw exchange_error(
                "a COPY began at the end of a stream; the connection has been closed");
        }
    }
}

task<void> stream_reader::close() {
    while (use_.is_active()) {
        co_await fetch();
    }
}

}  // namespace pg

namespace detail {

chunk_source::chunk_source() noexcept = default;
chunk_source::chunk_source(std::unique_ptr<pg::stream_reader> reader) noexcept
    : reader_(std::move(reader)) {}
chunk_source::chunk_source(chunk_source&&) noexcept = default;
chunk_source& chunk_source::operator=(chunk_source&&) noexcept = default;
chunk_source::~chunk_source() = default;

pg::stream_reader& chunk_source::reader() const {
    if (reader_ == nullptr) {
        throw error("the stream was moved from");
    }
    return *reader_;
}

const pg_result* chunk_source::next() {
    return reader().wait_for_next();
}

const pg_result* chunk_source::current() const noexcept {
    return reader_ == nullptr ? nullptr : reader_->last_chunk();
}

const statement_origin* chunk_source::origin() const noexcept {
    return reader_ == nullptr ? nullptr : &reader_->origin();
}

void chunk_source::close() {
    if (reader_ != nullptr) {
        reader_->wait_for_close();
    }
}

int row_count(const pg_result* rows) noexcept {
    return PQntuples(rows);
}

chunk_source open_stream(session_pin session, const call_limits& limits, const sql_text& sql,
                         const argument_view& values) {
    auto reader = std::make_unique<pg::stream_reader>(std::move(session), limits, sql, values);
    reader->wait_for_send(values);
    return chunk_source(std::move(reader));
}

}  // namespace detail

}  // namespace dsql
