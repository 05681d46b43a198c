// SPDX-License-Identifier: Apache-2.0
#include "pg/bulk/stream_reader.hpp"

#include <dsql/bulk_functions.hpp>
#include <dsql/error.hpp>
#include <dsql/row_stream.hpp>

#include "errors/statement_context.hpp"
#include "pg/bulk/drain_budget.hpp"
#include "pg/error_report.hpp"
#include "pg/exchange/stream_operations.hpp"
#include "pg/libpq_version.hpp"
#include "pg/session/session.hpp"

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <utility>

namespace dsql {

namespace pg {

namespace {

// libpq hands out a chunk when it is full, also where the server takes long for each row, and lets
// nobody change the size once rows have come. So it is small: with 8 rows libpq needs a tenth more
// processor time than with 256, with 1 row two thirds more.
constexpr int rows_per_chunk = 8;

// What the server has sent for a chunk. Each row has a type, a length and a number of columns, each
// value a length. Source: PostgreSQL, "Message Formats", DataRow.
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

}  // namespace

stream_reader::stream_reader(detail::session_pin of, const call_limits& limits, const sql_text& sql,
                             const detail::argument_view& values)
    : session_(std::move(of)), limits_(limits), origin_{std::string(sql.text()), sql.where()} {
    require_streamable(*session_, sql);
    session_->begin_exclusive(limits, sql, values, "a stream of rows");
    if (stream_rows(session_->handle(), rows_per_chunk) == 0) {
        session_->close();
        throw exchange_error("libpq refuses to stream rows; the connection has been closed" +
                             detail::statement_context(sql.text(), sql.where()));
    }
}

stream_reader::~stream_reader() {
    leave();
}

const pg_result* stream_reader::next() {
    if (!at_end_) {
        fetch(limits_);
    }
    if (!piece_) {
        throw error("the stream has ended with an error; there are no more rows");
    }
    return piece_->native_handle();
}

// The last result is one without rows; behind it there is nothing but the end.
void stream_reader::fetch(const call_limits& limits) {
    try {
        require_under_way(*session_, "rows were streamed from it");
        session_->close_on_error([&] {
            next_result_operation reading(session_->handle());
            session_->drive_transfer(reading, limits, statement());
            if (!reading.taken()) {
                throw_connection_lost(session_->handle(), statement());
            }
            piece_ = std::move(reading.taken());
            if (is_copy(piece_->native_handle())) {
                throw exchange_error(
                    "COPY cannot be streamed, see copy_out; the connection has been closed" +
                    detail::statement_context(origin_.sql, origin_.where));
            }
            rows_ += PQntuples(piece_->native_handle());
            at_end_ = !is_piece_of_stream(PQresultStatus(piece_->native_handle()));
            if (at_end_ && PQntuples(piece_->native_handle()) != 0) {
                throw exchange_error(
                    "the rows of a stream came all at once; the connection has been closed" +
                    detail::statement_context(origin_.sql, origin_.where));
            }
            if (at_end_) {
                read_end(limits);
            }
        });
    } catch (...) {
        piece_.reset();
        end(ending::failed);
        throw;
    }
    if (at_end_) {
        end();
    }
}

void stream_reader::read_end(const call_limits& limits) {
    const bool is_complete = finish_exchange(*session_, limits, statement());
    reset_result_mode(session_->handle());
    if (is_failure(piece_->native_handle())) {
        throw_failure(session_->handle(), piece_->native_handle(), statement());
    }
    if (!is_complete) {
        throw_connection_lost(session_->handle(), statement());
    }
}

// The connection is free again, and goes back to its pool if nothing else keeps it.
void stream_reader::end(ending how) noexcept {
    at_end_ = true;
    session_->end_exclusive(how, rows_);
    session_.reset();
}

void stream_reader::close() {
    while (!at_end_) {
        fetch(limits_);
    }
}

void stream_reader::leave() noexcept {
    if (at_end_) {
        return;
    }
    if (session_->is_in_child()) {
        return;  // the rows are the parent's
    }
    drain_budget leaving;
    try {
        while (!at_end_ && leaving.has_budget()) {
            fetch(leaving.limits());
            leaving.add(data_size(piece_->native_handle()));
        }
    } catch (...) {
        return;  // the connection says for itself whether it can still be used
    }
    if (!at_end_) {
        session_->close();
        end();
    }
}

}  // namespace pg

namespace detail {

chunk_source::chunk_source(std::unique_ptr<pg::stream_reader> reader) noexcept
    : reader_(std::move(reader)) {}
chunk_source::chunk_source(chunk_source&&) noexcept = default;
chunk_source& chunk_source::operator=(chunk_source&&) noexcept = default;
chunk_source::~chunk_source() = default;

const pg_result* chunk_source::next() {
    if (reader_ == nullptr) {
        throw error("the stream was moved from");
    }
    return reader_->next();
}

const statement_origin* chunk_source::origin() const noexcept {
    return reader_ == nullptr ? nullptr : &reader_->origin();
}

void chunk_source::close() {
    if (reader_ != nullptr) {
        reader_->close();
    }
}

int row_count(const pg_result* rows) noexcept {
    return PQntuples(rows);
}

chunk_source open_stream(session_pin session, const call_limits& limits, const sql_text& sql,
                         const argument_view& values) {
    return chunk_source(
        std::make_unique<pg::stream_reader>(std::move(session), limits, sql, values));
}

}  // namespace detail

}  // namespace dsql
