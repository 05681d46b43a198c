// SPDX-License-Identifier: Apache-2.0
#include "protocol/repeatable_transaction.hpp"

#include <utility>

namespace dsql_local {

void repeatable_transaction::begin() {
    end();
    id_ = ledger_->begin();
}

bool repeatable_transaction::commit() {
    const bool may_commit = state_ != state::lost && ledger_->commit(id_);
    end();
    return may_commit;
}

void repeatable_transaction::end() {
    if (id_ != 0) {
        ledger_->roll_back(std::exchange(id_, 0));
    }
    journal_.clear();
    state_ = state::applied;
    has_copies_ = false;
}

repeatable_transaction::fate repeatable_transaction::expected_fate() const {
    if (state_ == state::lost) {
        return fate::lost;
    }
    return ledger_->is_doomed(id_) ? fate::doomed : fate::open;
}

bool repeatable_transaction::can_give_way() const noexcept {
    return id_ != 0 && state_ == state::applied && journal_.is_repeatable() && !journal_.is_empty();
}

bool repeatable_transaction::fall_back_on_copies() {
    if (id_ == 0 || !journal_.is_copyable()) {
        return false;
    }
    ledger_->doom(id_);
    state_ = state::rolled_back;
    return true;
}

// What a doomed transaction has written may be in the way of others, or others have written it.
const std::vector<recorded_request>& repeatable_transaction::begin_repetition() {
    static const std::vector<recorded_request> nothing;
    const bool is_doomed = ledger_->is_doomed(id_);
    if (is_doomed && !journal_.is_copyable()) {
        state_ = state::lost;
        return nothing;
    }
    state_ = state::repeating;
    has_copies_ = expects_copies_ = is_doomed;
    repeated_ = 0;
    is_different_ = false;
    repeated_answers_ = {};
    return journal_.requests();
}

bool repeatable_transaction::finish_repeated(bool has_failed) {
    is_different_ = is_different_ || has_failed;
    if (!std::exchange(expects_copies_, false)) {
        const recorded_request& first_time = journal_.requests()[repeated_++];
        is_different_ = is_different_ || repeated_answers_ != first_time.answers;
    }
    repeated_answers_ = {};
    if (repeated_ < journal_.requests().size()) {
        return true;
    }
    if (!is_different_) {
        state_ = state::applied;
        return true;
    }
    if (has_copies_ || !fall_back_on_copies()) {
        state_ = state::lost;
        ledger_->doom(id_);
    }
    return false;
}

}  // namespace dsql_local
