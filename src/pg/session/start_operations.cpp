// SPDX-License-Identifier: Apache-2.0
// What a connection and a transaction do, as operations in steps.
#include <dsql/operation.hpp>

#include "pg/io/call_control.hpp"
#include "pg/io/task.hpp"
#include "pg/session/bound_statement.hpp"
#include "pg/session/limited_call.hpp"
#include "pg/session/session.hpp"
#include "pg/session/session_access.hpp"
#include "pg/session/stateful_operation.hpp"
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

using detail::owned_statement;
using detail::session_pin;

// What an operation on one session needs.
template <class Argument>
struct session_state {
    session_pin pin;
    call_limits within;
    Argument argument;

    [[nodiscard]] const call_limits& limits() const noexcept { return within; }
    [[nodiscard]] pg::session* session() const noexcept { return pin ? &*pin : nullptr; }
    void release() noexcept { pin.reset(); }
};

// The parameters of the coroutines begin with the session, whose memory they use.

task<result> run_statement(session& on, session_state<owned_statement>& of,
                           const call_control& control) {
    const sql_text sql = of.argument->sql();
    const bound_statement values(*of.argument, on.frames());
    limited_call<result> call(on, on.execute(of.within, sql, values.view()), of.within, control);
    co_await call;
    co_return call.take();
}

task<batch_results> run_batch(session& on, session_state<batch>& of, const call_control& control) {
    limited_call<std::vector<result>> call(on, on.run(of.within, of.argument), of.within, control);
    co_await call;
    co_return batch_results(call.take());
}

task<statement> prepare(session& on, session_state<owned_statement>& of,
                        const call_control& control) {
    const sql_text sql = of.argument->sql();
    limited_call<statement> call(on, on.prepare(of.within, sql), of.within, control);
    co_await call;
    co_return call.take();
}

struct beginning {
    transaction_options options;
    source_location where;
};

task<transaction> begin(session& on, session_state<beginning>& of, const call_control& control) {
    limited_call<transaction> call(
        on, transaction_calls::begin(of.pin, of.within, of.argument.options, of.argument.where),
        of.within, control);
    co_await call;
    co_return call.take();
}

struct ending {
    std::shared_ptr<transaction> ended;
    source_location where;
};

task<void> commit(session& on, session_state<ending>& of, const call_control& control) {
    limited_call<void> call(
        on, transaction_calls::commit(*of.argument.ended, of.within, of.argument.where), of.within,
        control);
    co_await call;
    call.take();
}

task<void> roll_back(session& on, session_state<ending>& of, const call_control& control) {
    limited_call<void> call(
        on, transaction_calls::rollback(*of.argument.ended, of.within, of.argument.where),
        of.within, control);
    co_await call;
    call.take();
}

task<void> ping(session& on, session_state<source_location>& of, const call_control& control) {
    const sql_text asking("SELECT 1", of.argument);
    limited_call<result> call(on, on.control(of.within, asking), of.within, control);
    co_await call;
    static_cast<void>(call.take());
}

// Makes an operation of a function above.
template <class T, class Argument>
dsql::operation<T> start(session_pin on, const call_limits& limits, Argument argument,
                         task<T> (*run)(session&, session_state<Argument>&, const call_control&)) {
    return make_operation<T>(session_state<Argument>{std::move(on), limits, std::move(argument)},
                             [run](session_state<Argument>& of, const call_control& control) {
                                 return run(*of.pin, of, control);
                             });
}

}  // namespace

}  // namespace pg

namespace detail {

operation<result> start_statement(session_pin on, const call_limits& limits, owned_statement sql) {
    return pg::start(std::move(on), limits, std::move(sql), &pg::run_statement);
}

operation<batch_results> start_batch(session_pin on, const call_limits& limits, batch statements) {
    return pg::start(std::move(on), limits, std::move(statements), &pg::run_batch);
}

operation<statement> start_prepare(session_pin on, const call_limits& limits, owned_statement sql) {
    return pg::start(std::move(on), limits, std::move(sql), &pg::prepare);
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
    return pg::start(detail::pin_of(on), limits, pg::beginning{options, where}, &pg::begin);
}

namespace detail {

operation<void> start_commit(std::shared_ptr<transaction> ending, const call_limits& limits,
                             source_location where) {
    session_pin pin = pin_of(*ending);
    return pg::start(std::move(pin), limits, pg::ending{std::move(ending), where}, &pg::commit);
}

operation<void> start_rollback(std::shared_ptr<transaction> ending, const call_limits& limits,
                               source_location where) {
    session_pin pin = pin_of(*ending);
    return pg::start(std::move(pin), limits, pg::ending{std::move(ending), where}, &pg::roll_back);
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
    return pg::start(detail::pin_of(on), limits, where, &pg::ping);
}

operation<statement> start_prepare(connection& on, const call_limits& limits, sql_text sql) {
    return detail::start_prepare(detail::pin_of(on), limits, detail::own_statement(sql));
}

}  // namespace dsql
