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

// A transaction that is doomed is not executed again: that would only make others give way.
const std::vector<recorded_statement>& repeatable_transaction::begin_repetition() {
    static const std::vector<recorded_statement> nothing;
    if (ledger_->is_doomed(id_)) {
        state_ = state::lost;
        return nothing;
    }
    state_ = state::repeating;
    repeated_ = 0;
    is_different_ = false;
    repeated_answers_ = {};
    return journal_.statements();
}

void repeatable_transaction::finish_repeated(bool has_failed) {
    const recorded_statement& first_time = journal_.statements()[repeated_++];
    is_different_ = is_different_ || has_failed || repeated_answers_ != first_time.answers;
    repeated_answers_ = {};
    if (repeated_ < journal_.statements().size()) {
        return;
    }
    state_ = is_different_ ? state::lost : state::applied;
    if (is_different_) {
        ledger_->doom(id_);
    }
}

}  // namespace dsql_local
