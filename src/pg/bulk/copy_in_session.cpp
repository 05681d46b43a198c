// SPDX-License-Identifier: Apache-2.0
#include "pg/bulk/copy_in_session.hpp"

#include <dsql/error.hpp>

#include "pg/error_report.hpp"
#include "pg/exchange/query_operation.hpp"
#include "pg/exchange/stream_operations.hpp"

#include <libpq-fe.h>

#include <chrono>
#include <string>
#include <utility>

namespace dsql::pg {

namespace {

// How long an aborted COPY waits for the server to confirm that.
constexpr within patience_of_destructors{std::chrono::seconds(1)};

// Source: PostgreSQL, "COPY", Binary Format: signature, flags, length of the extension.
constexpr std::string_view binary_header("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
constexpr std::int16_t binary_trailer = -1;

}  // namespace

copy_in_session::~copy_in_session() {
    give_up();
}

void copy_in_session::take_rows(bool binary, std::vector<column_description> columns) {
    takes_rows_ = true;
    rows_.binary = binary;
    rows_.columns = std::move(columns);
}

void copy_in_session::write_header() {
    if (rows_.binary && !header_written_ && !data_written_) {
        rows_.buffer.put(binary_header);
        header_written_ = true;
    }
}

void copy_in_session::require_active() const {
    if (!use_.is_active()) {
        throw error("the COPY is over");
    }
}

detail::copy_row_writer& copy_in_session::rows() {
    require_active();
    if (!takes_rows_) {
        throw error(
            "this COPY was begun with a statement of your own, whose columns and format are "
            "not known: use write(), or begin it with a copy_target");
    }
    write_header();
    return rows_;
}

task<void> copy_in_session::write(std::string_view data) {
    require_active();
    data_written_ = data_written_ || !data.empty();
    while (!data.empty()) {
        const std::string_view piece = data.substr(0, flush_threshold);
        rows_.buffer.put(piece);
        data.remove_prefix(piece.size());
        if (rows_.buffer.size() >= flush_threshold) {
            co_await send();
        }
    }
}

void copy_in_session::append(std::string_view data) {
    require_active();
    data_written_ = data_written_ || !data.empty();
    rows_.buffer.put(data);
}

task<void> copy_in_session::send() {
    require_active();
    co_await send_pieces(rows_.buffer.view());
    rows_.buffer.clear();
}

task<void> copy_in_session::send_pieces(std::string_view data) {
    try {
        use_.require_under_way();
        while (!data.empty()) {
            const std::string_view piece = data.substr(0, flush_threshold);
            if (PQputCopyData(use_.handle(), piece.data(), static_cast<int>(piece.size())) != 1) {
                throw_connection_lost(use_.handle(), use_.statement());
            }
            data.remove_prefix(piece.size());
            flush_operation sending(use_.handle());
            co_await sending;
        }
    } catch (...) {
        use_.fail();
    }
}

task<std::int64_t> copy_in_session::finish() {
    require_active();
    write_header();
    if (header_written_) {
        rows_.buffer.put_int16(binary_trailer);
    }
    co_await send_pieces(rows_.buffer.view());
    co_return co_await end(nullptr);
}

std::int64_t copy_in_session::wait_for_finish() {
    require_active();
    try {
        use_.session().require_in_time(use_.limits(), use_.statement(),
                                       "the COPY's end was sent; nothing is copied");
    } catch (...) {
        give_up();
        throw;
    }
    return use_.wait(finish());
}

task<std::int64_t> copy_in_session::end(const char* reason) {
    std::int64_t rows = 0;
    try {
        use_.require_under_way();
        if (PQputCopyEnd(use_.handle(), reason) != 1) {
            throw_connection_lost(use_.handle(), use_.statement());
        }
        query_operation answer(use_.handle());
        co_await answer;
        rows = answer.take(use_.statement()).affected_rows();
    } catch (...) {
        use_.fail();
    }
    use_.end(rows);
    co_return rows;
}

void copy_in_session::give_up() noexcept {
    if (!use_.is_active() || !use_.waits_when_left() || use_.session().is_in_child()) {
        return;  // in a forked child, the COPY belongs to the parent
    }
    const detail::session_pin given_up = use_.pin();
    try {
        static_cast<void>(use_.wait(end("given up by the client"), patience_of_destructors));
    } catch (const server_error&) {
        return;  // expected: the server confirms that the COPY was aborted
    } catch (...) {
        given_up->close();
    }
}

}  // namespace dsql::pg
