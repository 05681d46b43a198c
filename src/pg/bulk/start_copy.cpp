// SPDX-License-Identifier: Apache-2.0
#include "pg/bulk/start_copy.hpp"

#include <dsql/error.hpp>

#include "errors/statement_context.hpp"
#include "pg/exchange/query_operation.hpp"

#include <libpq-fe.h>

#include <string>
#include <utility>

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

}  // namespace

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

}  // namespace dsql::pg
