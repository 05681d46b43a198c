// SPDX-License-Identifier: Apache-2.0
#include <dsql/connection.hpp>
#include <dsql/detail/retry_loop.hpp>
#include <dsql/error.hpp>
#include <dsql/pool.hpp>

#include "errors/statement_context.hpp"
#include "pg/exchange/batch_reader.hpp"
#include "pg/session/session_access.hpp"

namespace dsql::detail {

retry_loop::observer_function retry_observer_of(pool& used) {
    return [&used](const retry_event& event) {
        used.count_occ_retry(event);
    };
}

retry_loop::observer_function retry_observer_of(connection& used) {
    const pg::session* const session = pg::session_access::find(used);
    observer* const watcher = session == nullptr ? nullptr : session->observer();
    if (watcher == nullptr) {
        return {};
    }
    return [watcher](const retry_event& event) {
        watcher->retrying(event);
    };
}

void require_outside_block(const connection& used) {
    if (used.is_open() && !used.is_idle()) {
        throw error(
            "the connection is inside a transaction, a stream or a COPY, where a statement cannot "
            "be retried by itself; nothing was sent; run the whole with dsql::transact");
    }
}

void require_repeatable(const batch& statements) {
    pg::batch_reader reader(statements);
    for (std::size_t i = 0; i < reader.size(); ++i) {
        if (reader.traits(i).ends_transaction) {
            const sql_text sql = reader.sql(i);
            throw error(
                "a batch that ends a transaction cannot be retried, because the statements before "
                "that would run twice; nothing was sent: run it as several, or without retries" +
                statement_context(sql.text(), sql.where()));
        }
    }
}

}  // namespace dsql::detail
