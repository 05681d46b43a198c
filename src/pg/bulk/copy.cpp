// SPDX-License-Identifier: Apache-2.0
#include <dsql/bulk_functions.hpp>
#include <dsql/copy.hpp>
#include <dsql/copy_rows.hpp>
#include <dsql/error.hpp>

#include "pg/bulk/copy_format.hpp"
#include "pg/bulk/copy_in_session.hpp"
#include "pg/bulk/copy_out_session.hpp"
#include "pg/bulk/start_copy.hpp"
#include "pg/io/task.hpp"
#include "pg/session/session.hpp"

#include <algorithm>
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

using pg::task;

// Returns the columns of a table, in its order. Reads them from the system catalog, because a query
// of the table would need the SELECT privilege, and COPY FROM needs only INSERT. Returns nothing
// for a table that does not exist; the COPY itself then reports the error.
task<std::vector<column_description>> table_columns(pg::session& on, const call_limits& limits,
                                                    const copy_target& target,
                                                    source_location where) {
    const sql_text query(pg::columns_query, where);
    const std::string table_name = pg::table_name(target);
    const auto table = bind_values({}, std::string_view(table_name));
    const argument_view values = table.view();
    const result found = co_await on.execute(limits, query, values);
    std::vector<oid> types;
    for (const row each : found) {
        types.push_back(each[1].as<oid>());
    }
    types = co_await on.base_types(std::move(types), query);
    std::vector<column_description> columns;
    for (const row each : found) {
        columns.push_back({.name = each[0].as<std::string>(), .type = types[columns.size()]});
    }
    co_return columns;
}

// Returns the columns that the target names, or all columns if it names none. The type of a column
// that the table does not have is left unset.
std::vector<column_description> columns_of(const copy_target& target,
                                           std::vector<column_description> of_table) {
    if (target.columns.empty()) {
        return of_table;
    }
    std::vector<column_description> columns;
    for (const std::string& name : target.columns) {
        const auto found =
            std::find_if(of_table.begin(), of_table.end(),
                         [&](const column_description& column) { return column.name == name; });
        columns.push_back(found == of_table.end() ? column_description{.name = name} : *found);
    }
    return columns;
}

std::int64_t copy_all(pg::copy_out_session& copying, const copy_sink& write) {
    while (copying.wait_for_fetch()) {
        write(copying.piece());
    }
    return copying.rows();
}

// Starts a COPY into a table with a statement of the program. Throws what `start_copy` throws. For
// this and the tasks below, the arguments that are passed by reference must outlive the task.
task<std::unique_ptr<pg::copy_in_session>> start_copy_in(session_pin on, const call_limits& limits,
                                                         const sql_text& sql) {
    pg::exclusive_use started =
        co_await pg::start_copy(std::move(on), limits, sql, pg::copy_direction::in);
    co_return std::make_unique<pg::copy_in_session>(std::move(started));
}

// Reads the columns of the target and starts a COPY of rows into it.
task<std::unique_ptr<pg::copy_in_session>> start_copy_in_of_rows(session_pin on,
                                                                 const call_limits& limits,
                                                                 const copy_target& target,
                                                                 source_location where) {
    const std::string statement = pg::copy_in_statement(target);
    const sql_text sql(statement, where);
    std::vector<column_description> of_table = co_await table_columns(*on, limits, target, where);
    auto copying = co_await start_copy_in(std::move(on), limits, sql);
    copying->take_rows(target.format == copy_format::binary,
                       columns_of(target, std::move(of_table)));
    co_return copying;
}

// Starts a COPY out of a table. Throws what `require_streamable` and `start_copy` throw.
task<std::unique_ptr<pg::copy_out_session>> start_copy_out(session_pin on,
                                                           const call_limits& limits,
                                                           const sql_text& sql) {
    pg::require_streamable(*on, sql);
    pg::exclusive_use started =
        co_await pg::start_copy(std::move(on), limits, sql, pg::copy_direction::out);
    co_return std::make_unique<pg::copy_out_session>(std::move(started));
}

// Reads the description of the target's columns and starts a COPY of its rows in binary format.
task<std::unique_ptr<pg::copy_out_session>> start_copy_out_of_rows(session_pin on,
                                                                   const call_limits& limits,
                                                                   const copy_target& target,
                                                                   source_location where) {
    const std::string query = pg::describing_query(target);
    const sql_text asking(query, where);
    result description = co_await on->control(limits, asking);
    copy_target in_binary = target;
    in_binary.format = copy_format::binary;
    const std::string statement = pg::copy_out_statement(in_binary);
    const sql_text sql(statement, where);
    auto copying = co_await start_copy_out(std::move(on), limits, sql);
    copying->set_description(std::move(description));
    co_return copying;
}

}  // namespace

copy_writer open_copy_in(const session_pin& session, const call_limits& limits,
                         const copy_target& target, source_location where) {
    return copy_writer(
        session->wait_for_part(start_copy_in_of_rows(session, limits, target, where), limits));
}

copy_writer open_copy_in_for_data(const session_pin& session, const call_limits& limits,
                                  const copy_target& target, source_location where) {
    const std::string statement = pg::copy_in_statement(target);
    return open_copy_in(session, limits, sql_text(statement, where));
}

copy_writer open_copy_in(const session_pin& session, const call_limits& limits,
                         const sql_text& sql) {
    return copy_writer(session->wait_for_part(start_copy_in(session, limits, sql), limits));
}

copy_source open_copy_out(const session_pin& session, const call_limits& limits,
                          const copy_target& target, source_location where) {
    return copy_source(
        session->wait_for_part(start_copy_out_of_rows(session, limits, target, where), limits));
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
    const auto copying = session->wait_for_part(start_copy_out(session, limits, sql), limits);
    session.reset();
    return copy_all(*copying, write);
}

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
const raw_value* copy_source::next() {
    if (session_ == nullptr) {
        throw error("the rows were moved from");
    }
    return naming_statement(origin(), [this]() -> const raw_value* {
        for (;;) {
            const raw_value* const row = session_->next_row();
            if (row != nullptr || !session_->wait_for_fetch()) {
                return row;
            }
        }
    });
}

}  // namespace detail

}  // namespace dsql
