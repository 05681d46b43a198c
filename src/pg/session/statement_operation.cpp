// SPDX-License-Identifier: Apache-2.0
#include "pg/session/statement_operation.hpp"

#include <dsql/error.hpp>

#include "pg/session/session.hpp"

#include <utility>

namespace dsql::pg {

[[gnu::hot]] wait_for statement_operation::step() {
    try {
        return step_once();
    } catch (const server_error& failure) {
        // If the session is idle after the error, the statement did not run in a transaction and
        // has left no effects.
        const bool is_stale =
            !is_repeated_ && session_.is_open() &&
            session_.prepared_.can_recover(failure, sql_, values_.parameter_types()) &&
            session_.is_idle();
        if (!is_stale) {
            throw;
        }
    }
    is_repeated_ = true;
    is_started_ = false;
    return step_once();
}

[[gnu::hot]] wait_for statement_operation::step_once() {
    if (!std::exchange(is_started_, true)) {
        start();
    }
    if (prepared_) [[likely]] {
        const wait_for what = prepared_->step();
        if (what == wait_for::done) {
            result_ = prepared_->take(sql_);
        }
        return what;
    }
    const wait_for what = unprepared_->step();
    if (what == wait_for::done) {
        result_ = unprepared_->take();
    }
    return what;
}

[[gnu::hot]] void statement_operation::start() {
    prepared_.reset();
    unprepared_.reset();
    if (session_.send_if_prepared(sql_, values_)) [[likely]] {
        prepared_.emplace(session_.handle());
    } else {
        unprepared_.emplace(session_.run_unprepared(sql_, values_));
    }
}

[[gnu::hot]] int statement_operation::socket() const {
    return prepared_ ? prepared_->socket() : unprepared_->socket();
}

}  // namespace dsql::pg
