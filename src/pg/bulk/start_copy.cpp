// SPDX-License-Identifier: Apache-2.0
#include "pg/bulk/start_copy.hpp"

#include <dsql/error.hpp>

#include "errors/statement_context.hpp"
#include "pg/exchange/query_operation.hpp"
#include "pg/session/session.hpp"

#include <libpq-fe.h>

#include <string>

namespace dsql::pg {

namespace {

struct kind_of_copy {
    const char* occupation;
    const char* statement;
    ExecStatusType status;
};

constexpr kind_of_copy into_table = {"a COPY into a table", "COPY ... FROM STDIN", PGRES_COPY_IN};
constexpr kind_of_copy out_of_table = {"a COPY out of a table", "COPY ... TO STDOUT",
                                       PGRES_COPY_OUT};

}  // namespace

void start_copy(session& of, const call_limits& limits, const sql_text& sql,
                copy_direction direction) {
    const kind_of_copy& kind = direction == copy_direction::in ? into_table : out_of_table;
    if (copy_direction_of(sql.text()) != direction) {
        throw error(std::string("the statement is no ") + kind.statement + "; it was not sent" +
                    detail::statement_context(sql.text(), sql.where()));
    }
    of.begin_exclusive(limits, sql, {}, kind.occupation);
    try {
        of.close_on_error([&] {
            query_operation starting(of.handle(), query_operation::copy::expected);
            of.drive_transfer(starting, limits, sql);
            const result answer = starting.take(sql);
            if (PQresultStatus(answer.native_handle()) != kind.status) {
                of.close();
                throw exchange_error(std::string("the statement is no ") + kind.statement +
                                     "; the connection has been closed" +
                                     detail::statement_context(sql.text(), sql.where()));
            }
        });
    } catch (...) {
        of.end_exclusive(ending::failed);
        throw;
    }
}

}  // namespace dsql::pg
