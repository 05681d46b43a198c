// SPDX-License-Identifier: Apache-2.0
#include "pg/session/exclusive_use.hpp"

#include <dsql/error.hpp>

#include "errors/statement_context.hpp"
#include "pg/sql/statement_traits.hpp"

#include <string>
#include <utility>

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

exclusive_use::exclusive_use(detail::session_pin of, const call_limits& limits, const sql_text& sql,
                             const detail::argument_view& values, const purpose& why)
    : limits_(limits),
      origin_{std::string(sql.text()), sql.where()},
      prepared_(sql.prepared() == nullptr ? std::nullopt : std::optional(*sql.prepared())),
      under_way_(why.under_way),
      observed_(of->begin_exclusive(limits, sql, values, why.busy_with)) {
    session_ = std::move(of);
}

task<void> exclusive_use::send(const detail::argument_view& values) {
    const sql_text sql = statement();
    try {
        require_under_way();
        session_->use_limits(limits_);
        co_await session_->send_exclusive(sql, values);
    } catch (...) {
        fail();
    }
}

exclusive_use::~exclusive_use() {
    if (is_active() && !session_->is_in_child()) {
        give_up();
    }
}

void exclusive_use::give_up() noexcept {
    if (!is_active()) {
        return;
    }
    session_->close();
    session_->end_exclusive();
    if (observed_) {
        observed_->give_up();
    }
    session_.reset();
}

void exclusive_use::require_under_way() const {
    if (session_->is_in_child()) {
        throw error(std::string("the connection was made before fork(), and ") + under_way_ +
                    " in the parent process");
    }
    if (!session_->is_open()) {
        throw connection_error(
            std::string("the connection was closed while ") + under_way_ + session_->why_closed(),
            true);
    }
    session_->require_outside_handler(statement());
}

void exclusive_use::end(std::int64_t rows) noexcept {
    session_->end_exclusive();
    if (observed_) {
        observed_->end(rows);
    }
    session_.reset();
}

void exclusive_use::fail() {
    const detail::session_pin failed = std::move(session_);
    failed->end_exclusive();
    try {
        failed->rethrow_failure(statement());
    } catch (...) {
        if (observed_) {
            observed_->fail();
        }
        throw;
    }
}

}  // namespace dsql::pg
