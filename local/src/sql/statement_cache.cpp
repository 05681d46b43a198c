// SPDX-License-Identifier: Apache-2.0
#include "sql/statement_cache.hpp"

namespace dsql_local {

std::optional<sql_statement> statement_cache::find(const std::string& key) {
    if (key.size() > max_key_size_) {
        return std::nullopt;
    }
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) {
        return std::nullopt;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->second;
}

void statement_cache::insert(const std::string& key, const sql_statement& statement) {
    if (key.size() > max_key_size_) {
        return;
    }
    const std::lock_guard lock(mutex_);
    if (index_.count(key) != 0) {
        return;  // another session was faster
    }
    entries_.emplace_front(key, statement);
    index_.emplace(entries_.front().first, entries_.begin());
    if (entries_.size() > capacity_) {
        index_.erase(entries_.back().first);
        entries_.pop_back();
    }
}

}  // namespace dsql_local
