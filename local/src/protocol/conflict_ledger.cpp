// SPDX-License-Identifier: Apache-2.0
#include "protocol/conflict_ledger.hpp"

namespace dsql_local {

transaction_id conflict_ledger::begin() {
    const std::lock_guard lock(mutex_);
    open_.emplace_hint(open_.end(), ++newest_, record{});
    return newest_;
}

void conflict_ledger::add_conflict(transaction_id one, transaction_id other) {
    const std::lock_guard lock(mutex_);
    const auto first = open_.find(one);
    const auto second = open_.find(other);
    if (one == other || first == open_.end() || second == open_.end()) {
        return;
    }
    first->second.conflicts.insert(other);
    second->second.conflicts.insert(one);
}

bool conflict_ledger::commit(transaction_id id) {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(id);
    if (found == open_.end()) {
        return true;
    }
    if (found->second.is_doomed) {
        return false;
    }
    for (const transaction_id loser : found->second.conflicts) {
        open_.at(loser).is_doomed = true;
    }
    remove(found);
    return true;
}

void conflict_ledger::roll_back(transaction_id id) {
    const std::lock_guard lock(mutex_);
    if (const auto found = open_.find(id); found != open_.end()) {
        remove(found);
    }
}

void conflict_ledger::doom(transaction_id id) {
    const std::lock_guard lock(mutex_);
    if (const auto found = open_.find(id); found != open_.end()) {
        found->second.is_doomed = true;
    }
}

bool conflict_ledger::is_doomed(transaction_id id) const {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(id);
    return found != open_.end() && found->second.is_doomed;
}

// Conflicts are symmetric, and only with open transactions.
void conflict_ledger::remove(std::map<transaction_id, record>::iterator ended) {
    for (const transaction_id other : ended->second.conflicts) {
        open_.at(other).conflicts.erase(ended->first);
    }
    open_.erase(ended);
}

}  // namespace dsql_local
