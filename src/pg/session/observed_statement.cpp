// SPDX-License-Identifier: Apache-2.0
#include "pg/session/observed_statement.hpp"

#include <dsql/error.hpp>

#include "base/notify_on_completion.hpp"
#include "errors/value_free_error.hpp"

#include <exception>
#include <utility>

namespace dsql::pg {

namespace {

// Calls a function of the observer, with `is_inside` set during the call.
template <class F>
auto call_inside(bool& is_inside, F call) noexcept {
    struct scope {
        bool& flag;
        const bool outer = std::exchange(flag, true);
        ~scope() { flag = outer; }
    };
    const scope inside{is_inside};
    return call();
}

}  // namespace

observed_statement::observed_statement(observer& told, bool& is_inside, const sql_text& sql)
    : told_(told), is_inside_(is_inside), sql_(sql.text()), where_(sql.where()) {
    span_ = call_inside(is_inside_,
                        [&] { return told_.query_started({.sql = sql_, .where = where_}); });
    since_ = std::chrono::steady_clock::now();
}

void observed_statement::end(std::int64_t rows) noexcept {
    tell_end(rows, nullptr);
}

void observed_statement::fail() noexcept {
    try {
        throw;
    } catch (const std::exception& failure) {
        tell_end(0, &failure);
    } catch (...) {  // thrown by code of the program
        const detail::unknown_exception failure;
        tell_end(0, &failure);
    }
}

void observed_statement::give_up() noexcept {
    try {
        throw cancelled_error("given up before its end; it may have run", true);
    } catch (...) {
        fail();
    }
}

void observed_statement::tell_end(std::int64_t rows, const std::exception* failure) noexcept {
    const std::chrono::nanoseconds duration = std::chrono::steady_clock::now() - since_;
    call_inside(is_inside_, [&] {
        detail::tell_failure(told_, failure, [&](const std::exception* shown) {
            told_.query_ended(
                span_,
                {.sql = sql_, .where = where_, .rows = rows, .duration = duration, .error = shown});
        });
    });
}

}  // namespace dsql::pg
