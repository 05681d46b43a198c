// SPDX-License-Identifier: Apache-2.0
#include "pg/bulk/drain_budget.hpp"

#include <dsql/error.hpp>

#include "errors/statement_context.hpp"
#include "pg/exchange/stream_operations.hpp"
#include "pg/session/session.hpp"
#include "pg/sql/statement_traits.hpp"

#include <string>

namespace dsql::pg {

void require_streamable(const session& of, const sql_text& sql) {
    if (!of.is_in_transaction() && traits_of(sql.text()).may_write) {
        throw error(
            "a statement that may write is not streamed outside a transaction, because what it "
            "has written would be lost with the rows that are not read: use query, or stream it in "
            "a transaction" +
            detail::statement_context(sql.text(), sql.where()));
    }
}

void require_under_way(const session& of, const char* what) {
    if (of.is_in_child()) {
        throw error(std::string("the connection was made before fork(), and ") + what +
                    " in the parent process");
    }
    if (!of.is_open()) {
        throw connection_error(
            std::string("the connection was closed while ") + what + of.why_closed(), true);
    }
}

bool finish_exchange(session& of, const call_limits& limits, const sql_text& sql) {
    for (;;) {
        next_result_operation reading(of.handle());
        of.drive_transfer(reading, limits, sql);
        if (!reading.taken() || !of.is_open()) {
            return of.is_open();
        }
    }
}

}  // namespace dsql::pg
