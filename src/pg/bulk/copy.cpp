// SPDX-License-Identifier: Apache-2.0
#include <dsql/bulk_functions.hpp>
#include <dsql/copy.hpp>
#include <dsql/copy_rows.hpp>
#include <dsql/error.hpp>

#include "pg/bulk/copy_format.hpp"
#include "pg/bulk/copy_in_session.hpp"
#include "pg/bulk/copy_out_session.hpp"
#include "pg/bulk/start_copy.hpp"
#include "pg/session/session.hpp"

#include <array>
#include <utility>

namespace dsql {

copy_writer::copy_writer(std::unique_ptr<pg::copy_in_session> session) noexcept
    : session_(std::move(session)) {}
copy_writer::copy_writer(copy_writer&&) noexcept = default;
copy_writer& copy_writer::operator=(copy_writer&&) noexcept = default;
copy_writer::~copy_writer() = default;

pg::copy_in_session& copy_writer::session() {
    if (session_ == nullptr) {
        throw error("the COPY was moved from");
    }
    return *session_;
}
detail::copy_row_writer& copy_writer::row_writer() {
    return session().rows();
}
const detail::statement_origin* copy_writer::origin() const noexcept {
    return session_ == nullptr ? nullptr : &session_->origin();
}
void copy_writer::send_if_full() {
    if (session().is_full()) {
        session().wait(session().send());
    }
}
void copy_writer::write(std::string_view data) {
    session().wait(session().write(data));
}
std::int64_t copy_writer::finish() {
    return session().wait_for_finish();
}

namespace detail {

namespace {

std::int64_t copy_all(pg::copy_out_session& copying, const copy_sink& write) {
    while (copying.wait_for_fetch()) {
        for (const pg::copy_piece& piece : copying.pieces()) {
            write(piece.view());
        }
    }
    return copying.rows();
}

}  // namespace

copy_writer open_copy_in(const session_pin& session, const call_limits& limits,
                         const copy_target& target, source_location where) {
    return copy_writer(
        session->wait_for_part(pg::start_copy_in_of_rows(session, limits, target, where), limits));
}

copy_writer open_copy_in_for_data(const session_pin& session, const call_limits& limits,
                                  const copy_target& target, source_location where) {
    const std::string statement = pg::copy_in_statement(target);
    return open_copy_in(session, limits, sql_text(statement, where));
}

copy_writer open_copy_in(const session_pin& session, const call_limits& limits,
                         const sql_text& sql) {
    return copy_writer(session->wait_for_part(pg::start_copy_in(session, limits, sql), limits));
}

copy_source open_copy_out(const session_pin& session, const call_limits& limits,
                          const copy_target& target, source_location where) {
    return copy_source(
        session->wait_for_part(pg::start_copy_out_of_rows(session, limits, target, where), limits));
}

std::int64_t copy_from(copy_writer writer, const copy_reader& read) {
    std::array<char, 65'536> piece;
    while (const std::size_t size = read(piece)) {
        if (size > piece.size()) {
            throw error("the reader of a COPY returned " + std::to_string(size) +
                        " bytes, more than it was given room for");
        }
        writer.write({piece.data(), size});
    }
    return writer.finish();
}

std::int64_t copy_to(session_pin session, const call_limits& limits, const copy_target& target,
                     const copy_sink& write, source_location where) {
    const std::string statement = pg::copy_out_statement(target);
    return copy_to(std::move(session), limits, sql_text(statement, where), write);
}

std::int64_t copy_to(session_pin session, const call_limits& limits, const sql_text& sql,
                     const copy_sink& write) {
    const auto copying = session->wait_for_part(pg::start_copy_out(session, limits, sql), limits);
    session.reset();
    return copy_all(*copying, write);
}

copy_source::copy_source() noexcept = default;
copy_source::copy_source(std::unique_ptr<pg::copy_out_session> session) noexcept
    : session_(std::move(session)) {}
copy_source::copy_source(copy_source&&) noexcept = default;
copy_source& copy_source::operator=(copy_source&&) noexcept = default;
copy_source::~copy_source() = default;

const pg_result* copy_source::description() const noexcept {
    return session_ == nullptr ? nullptr : session_->description().native_handle();
}
const statement_origin* copy_source::origin() const noexcept {
    return session_ == nullptr ? nullptr : &session_->origin();
}
pg::copy_out_session& copy_source::session() const {
    if (session_ == nullptr) {
        throw error("the rows were moved from");
    }
    return *session_;
}
const raw_value* copy_source::next() {
    pg::copy_out_session& copying = session();
    return naming_statement(origin(), [&copying]() -> const raw_value* {
        for (;;) {
            const raw_value* const row = copying.next_row();
            if (row != nullptr || !copying.wait_for_fetch()) {
                return row;
            }
        }
    });
}
const raw_value* copy_source::next_arrived() {
    pg::copy_out_session& copying = session();
    return naming_statement(origin(), [&copying] { return copying.next_row(); });
}

}  // namespace detail

}  // namespace dsql
