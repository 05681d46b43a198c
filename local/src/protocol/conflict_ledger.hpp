// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>

namespace dsql_local {

/// Identifies a transaction of an endpoint; 0 is none.
using transaction_id = std::uint64_t;

/// Decides which of the transactions that conflict may commit: the first one that tries to, as in
/// DSQL. PostgreSQL finds the conflicts: one transaction waits for a lock that another one holds.
/// Source: https://docs.aws.amazon.com/aurora-dsql/latest/userguide/
/// working-with-concurrency-control.html. Thread-safe.
class conflict_ledger {
public:
    /// Opens a transaction.
    transaction_id begin();

    /// Records that two transactions conflict. Does nothing unless both are open.
    void add_conflict(transaction_id one, transaction_id other);

    /// Ends a transaction that commits, so that those it conflicts with cannot. Returns false, and
    /// changes nothing, if it cannot commit itself.
    bool commit(transaction_id id);

    /// Ends a transaction that changes nothing. Does nothing if it is not open.
    void roll_back(transaction_id id);

    /// Dooms a transaction: commit() will return false. Does nothing if it is not open.
    void doom(transaction_id id);

    /// Whether an open transaction cannot commit any more.
    bool is_doomed(transaction_id id) const;

private:
    struct record {
        std::set<transaction_id> conflicts = {};
        bool is_doomed = false;
    };

    void remove(std::map<transaction_id, record>::iterator ended);

    mutable std::mutex mutex_;
    std::map<transaction_id, record> open_;
    transaction_id newest_ = 0;
};

}  // namespace dsql_local
