// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faults/fault_table.hpp"
#include "protocol/activity_watch.hpp"
#include "protocol/conflict_ledger.hpp"
#include "sql/sql_dialect.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace dsql_local {

/// Limits of an endpoint; zero means no limit.
struct time_limits {
    std::chrono::nanoseconds transaction{std::chrono::seconds(300)};
    std::chrono::nanoseconds session{std::chrono::seconds(3600)};
};

/// State that the sessions of an endpoint share. Thread-safe.
struct shared_state {
    explicit shared_state(std::uint64_t fault_seed, sql_dialect spoken = sql_dialect::dsql,
                          std::set<std::string> functions = {})
        : dialect(spoken), built_in_functions(std::move(functions)), faults(fault_seed) {}

    const sql_dialect dialect;
    /// The names of PostgreSQL's own functions. None of them changes rows.
    const std::set<std::string> built_in_functions;
    fault_table faults;
    /// Increases with every committed transaction that changed the schema.
    std::atomic<std::uint64_t> catalogue_version{0};
    /// Statements that may cancel what other sessions run. In PostgreSQL's errors, that looks like
    /// a lock_timeout that expired when the lock was granted.
    activity_watch cancellations;
    /// Statements that change the schema, to the end of their transactions.
    activity_watch schema_changes;
    conflict_ledger conflicts;
};

}  // namespace dsql_local
