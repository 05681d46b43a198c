// SPDX-License-Identifier: Apache-2.0
#include <dsql/bulk_functions.hpp>
#include <dsql/copy.hpp>
#include <dsql/copy_rows.hpp>
#include <dsql/error.hpp>

#include "pg/bulk/copy_format.hpp"
#include "pg/bulk/copy_in_session.hpp"
#include "pg/bulk/copy_out_session.hpp"
#include "pg/session/session.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dsql {

copy_writer::copy_writer(detail::sole_owner<pg::copy_in_session> session) noexcept
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
    session().send_if_full();
}
void copy_writer::write(std::string_view data) {
    session().write(data);
}
std::int64_t copy_writer::finish() {
    return session().finish();
}

namespace detail {

namespace {

result describe(pg::session& session, const call_limits& limits, const copy_target& target,
                source_location where) {
    const std::string query = pg::describing_query(target);
    return session.control(limits, sql_text(query, where));
}

// The columns of a COPY into a table, in its order. Asked of the catalogue and not by a query of
// the table, for which a role would need more than the right to insert. Empty for a table that is
// not there: the COPY itself says so.
std::vector<column_description> table_columns(pg::session& session, const call_limits& limits,
                                              const copy_target& target, source_location where) {
    const auto table = bind_values({}, std::string_view(pg::table_name(target)));
    const result found = session.execute(limits, sql_text(pg::columns_query, where), table.view());
    std::vector<column_description> columns;
    for (const row each : found) {
        columns.push_back({.name = each[0].as<std::string>(), .type = session.close_on_error([&] {
                               return session.base_type(limits, each[1].as<oid>(),
                                                        sql_text(pg::columns_query, where));
                           })});
    }
    return columns;
}

// Those that the target names; of no known type where the table has none of the name.
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
    while (const auto piece = copying.next_piece()) {
        write(*piece);
    }
    return copying.rows();
}

}  // namespace

copy_writer open_copy_in(session_pin session, const call_limits& limits, const copy_target& target,
                         source_location where) {
    const std::string statement = pg::copy_in_statement(target);
    auto columns = columns_of(target, table_columns(*session, limits, target, where));
    auto copying = detail::make_owned<pg::copy_in_session>(std::move(session), limits,
                                                           sql_text(statement, where));
    copying->take_rows(target.format == copy_format::binary, std::move(columns));
    return copy_writer(std::move(copying));
}

copy_writer open_copy_in_for_data(session_pin session, const call_limits& limits,
                                  const copy_target& target, source_location where) {
    const std::string statement = pg::copy_in_statement(target);
    return open_copy_in(std::move(session), limits, sql_text(statement, where));
}

copy_writer open_copy_in(session_pin session, const call_limits& limits, const sql_text& sql) {
    return copy_writer(detail::make_owned<pg::copy_in_session>(std::move(session), limits, sql));
}

copy_source open_copy_out(session_pin session, const call_limits& limits, const copy_target& target,
                          source_location where) {
    result description = describe(*session, limits, target, where);
    copy_target in_binary = target;
    in_binary.format = copy_format::binary;
    const std::string statement = pg::copy_out_statement(in_binary);
    auto copying = detail::make_owned<pg::copy_out_session>(std::move(session), limits,
                                                            sql_text(statement, where));
    copying->set_description(std::move(description));
    return copy_source(std::move(copying));
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
    pg::copy_out_session copying(std::move(session), limits, sql_text(statement, where));
    return copy_all(copying, write);
}

std::int64_t copy_to(session_pin session, const call_limits& limits, const sql_text& sql,
                     const copy_sink& write) {
    pg::copy_out_session copying(std::move(session), limits, sql);
    return copy_all(copying, write);
}

copy_source::copy_source(detail::sole_owner<pg::copy_out_session> session) noexcept
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
    return naming_statement(origin(), [this] { return session_->next_row(); });
}

}  // namespace detail

}  // namespace dsql
