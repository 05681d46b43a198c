// SPDX-License-Identifier: Apache-2.0
// What a connection and a transaction do, as operations in steps.
#include <dsql/operation.hpp>

#include "pg/io/task.hpp"
#include "pg/session/limited_call.hpp"
#include "pg/session/session.hpp"
#include "pg/session/session_access.hpp"
#include "pg/session/session_calls.hpp"
#include "pg/session/session_operation.hpp"
#include "pg/session/transaction_calls.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace dsql {

socket_attachment::~socket_attachment() = default;

namespace detail {

operation_base::~operation_base() = default;
kept_statement::~kept_statement() = default;

}  // namespace detail

namespace pg {

namespace {

struct prepare_call : call_with_statement {
    using call_with_statement::call_with_statement;
    using task_result = statement;

    task<statement> start(session& on, const auto& /*pin*/, const call_limits& limits) {
        return on.prepare(limits, of->sql());
    }
    static statement finish(limited_call<statement>& ended) { return ended.take(); }
};

struct commit_call : session_call {
    using task_result = void;
    commit_call(std::shared_ptr<transaction> of, const source_location& at)
        : ending(std::move(of)), where(at) {}

    task<void> start(session&, const auto& /*pin*/, const call_limits& limits) const {
        return transaction_calls::commit(*ending, limits, where);
    }
    static void finish(limited_call<void>& ended) { ended.take(); }

    std::shared_ptr<transaction> ending;
    source_location where;
};

struct rollback_call : commit_call {
    using commit_call::commit_call;

    task<void> start(session&, const auto& /*pin*/, const call_limits& limits) const {
        return transaction_calls::rollback(*ending, limits, where);
    }
};

}  // namespace

}  // namespace pg

namespace detail {

operation<result> start_statement(session_pin on, const call_limits& limits, owned_statement sql) {
    return pg::make_session_operation<result>(std::move(on), limits,
                                              pg::statement_call(std::move(sql)));
}

operation<batch_results> start_batch(session_pin on, const call_limits& limits, batch statements) {
    return pg::make_session_operation<batch_results>(std::move(on), limits,
                                                     pg::batch_call(std::move(statements)));
}

operation<statement> start_prepare(session_pin on, const call_limits& limits, owned_statement sql) {
    return pg::make_session_operation<statement>(std::move(on), limits,
                                                 pg::prepare_call(std::move(sql)));
}

session_pin pin_of(connection& on) {
    return pg::session_access::pin(on);
}

session_pin pin_of(transaction& on) {
    static_cast<void>(pg::transaction_calls::session_of(on));
    return pg::transaction_calls::pin_of(on);
}

void abandon(transaction& open) noexcept {
    if (open.is_active()) {
        pg::transaction_calls::pin_of(open)->close("its transaction was given up");
    }
}

}  // namespace detail

operation<batch_results> start_batch(connection& on, const call_limits& limits, batch statements) {
    return detail::start_batch(detail::pin_of(on), limits, std::move(statements));
}

operation<batch_results> start_batch(transaction& on, const call_limits& limits, batch statements) {
    return detail::start_batch(detail::pin_of(on), limits, std::move(statements));
}

operation<transaction> start_begin(connection& on, const call_limits& limits,
                                   const transaction_options& options, source_location where) {
    return pg::make_session_operation<transaction>(detail::pin_of(on), limits,
                                                   pg::begin_call(options, where));
}

namespace detail {

operation<void> start_commit(std::shared_ptr<transaction> ending, const call_limits& limits,
                             source_location where) {
    session_pin pin = pin_of(*ending);
    return pg::make_session_operation<void>(std::move(pin), limits,
                                            pg::commit_call(std::move(ending), where));
}

operation<void> start_rollback(std::shared_ptr<transaction> ending, const call_limits& limits,
                               source_location where) {
    session_pin pin = pin_of(*ending);
    return pg::make_session_operation<void>(std::move(pin), limits,
                                            pg::rollback_call(std::move(ending), where));
}

}  // namespace detail

// The caller keeps the transaction, so the pointer owns nothing.
operation<void> start_commit(transaction& ending, const call_limits& limits,
                             source_location where) {
    return detail::start_commit(std::shared_ptr<transaction>(std::shared_ptr<void>(), &ending),
                                limits, where);
}

operation<void> start_rollback(transaction& ending, const call_limits& limits,
                               source_location where) {
    return detail::start_rollback(std::shared_ptr<transaction>(std::shared_ptr<void>(), &ending),
                                  limits, where);
}

operation<void> start_ping(connection& on, const call_limits& limits, source_location where) {
    return pg::make_session_operation<void>(detail::pin_of(on), limits, pg::ping_call(where));
}

operation<statement> start_prepare(connection& on, const call_limits& limits, sql_text sql) {
    return detail::start_prepare(detail::pin_of(on), limits, detail::own_statement(sql));
}

}  // namespace dsql
