// SPDX-License-Identifier: Apache-2.0
#include "pg/session/statement_operation.hpp"

#include <dsql/error.hpp>

#include "pg/session/session.hpp"

namespace dsql::pg {

[[gnu::hot]] wait_for statement_operation::step() {
    try {
        if (!prepared_ && !unprepared_) {
            if (session_.send_if_prepared(sql_, values_)) [[likely]] {
                prepared_.emplace(session_.handle());
            } else {
                unprepared_.emplace(session_.run_unprepared(sql_, values_));
            }
        }
        if (!prepared_) [[unlikely]] {
            return unprepared_->step();
        }
        const wait_for what = prepared_->step();
        if (what == wait_for::done) {
            prepared_->require_success(sql_);
        }
        return what;
    } catch (const server_error& failure) {
        // The statement can be run again if the connection is idle after it: it was in no
        // transaction, and has left nothing.
        const bool is_stale =
            !is_repeated_ && session_.is_open() &&
            session_.prepared_.can_recover(failure, sql_, values_.parameter_types()) &&
            session_.is_idle();
        if (!is_stale) {
            throw;
        }
    }
    is_repeated_ = true;
    prepared_.reset();
    unprepared_.reset();
    return step();
}

[[gnu::hot]] int statement_operation::socket() const {
    return prepared_ ? prepared_->socket() : unprepared_->socket();
}

[[gnu::hot]] result statement_operation::take() {
    return prepared_ ? prepared_->take(sql_) : unprepared_->take();
}

}  // namespace dsql::pg
