// SPDX-License-Identifier: Apache-2.0
#include "pg/bulk/start_copy.hpp"

#include <dsql/detail/arguments.hpp>
#include <dsql/error.hpp>

#include "errors/statement_context.hpp"
#include "pg/bulk/copy_format.hpp"
#include "pg/exchange/query_operation.hpp"
#include "pg/session/session.hpp"
#include "pg/sql/copy_direction.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql::pg {

// Not in an unnamed namespace, because it is used in a coroutine. In a unity build, g++ would warn
// that the type of the coroutine's frame uses that namespace (-Wsubobject-linkage).
struct kind_of_copy {
    exclusive_use::purpose purpose;
    const char* statement;
    ExecStatusType status;
};

namespace {

constexpr const char* copy_under_way = "a COPY was under way";
constexpr kind_of_copy into_table = {
    {"a COPY into a table", copy_under_way}, "COPY ... FROM STDIN", PGRES_COPY_IN};
constexpr kind_of_copy out_of_table = {
    {"a COPY out of a table", copy_under_way}, "COPY ... TO STDOUT", PGRES_COPY_OUT};

// Returns the columns of a table, in its order. Reads them from the system catalog, because a query
// of the table would need the SELECT privilege, and COPY FROM needs only INSERT. Returns nothing
// for a table that does not exist; the COPY itself then reports the error.
task<std::vector<column_description>> table_columns(session& on, const call_limits& limits,
                                                    const copy_target& target,
                                                    source_location where) {
    const sql_text query(columns_query, where);
    const std::string name = table_name(target);
    const auto table = detail::bind_values({}, std::string_view(name));
    const detail::argument_view values = table.view();
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

// Sends a COPY statement and waits until its data can be sent or received. The COPY then has
// exclusive use of the connection. Sends nothing if the statement is not a COPY in this direction.
// `limits` and `sql` must outlive the task.
task<exclusive_use> start_copy(detail::session_pin of, const call_limits& limits,
                               const sql_text& sql, copy_direction direction) {
    const kind_of_copy& kind = direction == copy_direction::in ? into_table : out_of_table;
    if (copy_direction_of(sql.text()) != direction) {
        throw error(std::string("the statement is no ") + kind.statement + "; it was not sent" +
                    detail::statement_context(sql.text(), sql.where()));
    }
    const detail::argument_view no_values{};
    exclusive_use started(std::move(of), limits, sql, no_values, kind.purpose);
    co_await started.send(no_values);
    try {
        query_operation starting(started.handle(), query_operation::copy::expected);
        co_await starting;
        const result answer = starting.take(sql);
        if (PQresultStatus(answer.native_handle()) != kind.status) {
            throw exchange_error(std::string("the statement is no ") + kind.statement +
                                 "; the connection has been closed");
        }
    } catch (...) {
        started.fail();
    }
    co_return started;
}

}  // namespace

task<std::unique_ptr<copy_in_session>> start_copy_in(detail::session_pin on,
                                                     const call_limits& limits,
                                                     const sql_text& sql) {
    exclusive_use started = co_await start_copy(std::move(on), limits, sql, copy_direction::in);
    co_return std::make_unique<copy_in_session>(std::move(started));
}

task<std::unique_ptr<copy_in_session>> start_copy_in_of_rows(detail::session_pin on,
                                                             const call_limits& limits,
                                                             const copy_target& target,
                                                             source_location where) {
    const std::string statement = copy_in_statement(target);
    const sql_text sql(statement, where);
    std::vector<column_description> of_table = co_await table_columns(*on, limits, target, where);
    auto copying = co_await start_copy_in(std::move(on), limits, sql);
    copying->take_rows(target.format == copy_format::binary,
                       columns_of(target, std::move(of_table)));
    co_return copying;
}

task<std::unique_ptr<copy_out_session>> start_copy_out(detail::session_pin on,
                                                       const call_limits& limits,
                                                       const sql_text& sql) {
    require_streamable(*on, sql);
    exclusive_use started = co_await start_copy(std::move(on), limits, sql, copy_direction::out);
    co_return std::make_unique<copy_out_session>(std::move(started));
}

task<std::unique_ptr<copy_out_session>> start_copy_out_of_rows(detail::session_pin on,
                                                               const call_limits& limits,
                                                               const copy_target& target,
                                                               source_location where) {
    const std::string query = describing_query(target);
    const sql_text asking(query, where);
    result description = co_await on->control(limits, asking);
    copy_target in_binary = target;
    in_binary.format = copy_format::binary;
    const std::string statement = copy_out_statement(in_binary);
    const sql_text sql(statement, where);
    auto copying = co_await start_copy_out(std::move(on), limits, sql);
    copying->set_description(std::move(description));
    co_return copying;
}

}  // namespace dsql::pg
