// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/batch.hpp>
#include <dsql/call_limits.hpp>
#include <dsql/detail/owned_statement.hpp>
#include <dsql/result.hpp>
#include <dsql/source_location.hpp>
#include <dsql/transaction.hpp>

#include "pg/io/task.hpp"
#include "pg/session/bound_statement.hpp"
#include "pg/session/limited_call.hpp"
#include "pg/session/session.hpp"
#include "pg/session/transaction_calls.hpp"

#include <utility>
#include <vector>

namespace dsql::pg {

/// The calls of a session that operations in steps run, on a connection or on one of a pool. Each
/// owns its arguments and outlives its task, which `start` returns; `pin` is a function that pins
/// the session. `finish` returns the result of the call that has ended. `release` lets go of what
/// belongs to the session. `where` is the place of the call, for a pool.
///
/// This is what most of them have in common.
struct session_call {
    /// Whether it is a part of a stream or COPY, see `limited_call`.
    static constexpr bool is_part = false;
    /// Whether it goes on with a stream or COPY, which may be over, see `session_operation`.
    static constexpr bool goes_on = false;

    void release() const noexcept {}
};

/// A statement and its values, for the calls that run one.
struct call_with_statement : session_call {
    explicit call_with_statement(detail::owned_statement run) : of(std::move(run)) {}

    [[nodiscard]] const source_location& where() const noexcept { return of->sql().where(); }
    void release() noexcept { values = bound_statement(); }

    detail::owned_statement of;
    bound_statement values{};  // in memory of the session
};

struct statement_call : call_with_statement {
    using call_with_statement::call_with_statement;
    using task_result = result;

    task<result> start(session& on, const auto& /*pin*/, const call_limits& limits) {
        values = bound_statement(*of, on.frames());
        return on.execute(limits, of->sql(), values.view());
    }
    static result finish(limited_call<result>& ended) { return ended.take(); }
};

struct batch_call : session_call {
    using task_result = std::vector<result>;
    explicit batch_call(batch run) : statements(std::move(run)) {}

    [[nodiscard]] static const source_location& where() noexcept { return nowhere; }
    task<task_result> start(session& on, const auto& /*pin*/, const call_limits& limits) const {
        return on.run(limits, statements);
    }
    static batch_results finish(limited_call<task_result>& ended) {
        return batch_results(ended.take());
    }

    batch statements;

    static constexpr source_location nowhere{};  // each statement has its own
};

struct begin_call : session_call {
    using task_result = transaction;
    begin_call(const transaction_options& with, const source_location& at)
        : options(with), begun_at(at) {}

    [[nodiscard]] const source_location& where() const noexcept { return begun_at; }
    task<transaction> start(session&, const auto& pin, const call_limits& limits) const {
        return transaction_calls::begin(pin(), limits, options, begun_at);
    }
    static transaction finish(limited_call<transaction>& ended) { return ended.take(); }

    transaction_options options;
    source_location begun_at;
};

struct ping_call : session_call {
    using task_result = result;
    explicit ping_call(const source_location& at) : asking("SELECT 1", at) {}

    [[nodiscard]] const source_location& where() const noexcept { return asking.where(); }
    task<result> start(session& on, const auto& /*pin*/, const call_limits& limits) const {
        return on.control(limits, asking);
    }
    static void finish(limited_call<result>& ended) { static_cast<void>(ended.take()); }

    sql_text asking;
};

}  // namespace dsql::pg
