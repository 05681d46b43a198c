// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faults/fault_table.hpp"
#include "sql/sql_dialect.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace dsql_local {

/// Limits of an endpoint; zero means no limit.
struct time_limits {
    std::chrono::nanoseconds transaction{std::chrono::seconds(300)};
    std::chrono::nanoseconds session{std::chrono::seconds(3600)};
};

/// State that the sessions of an endpoint share. Thread-safe.
struct shared_state {
    explicit shared_state(std::uint64_t fault_seed, sql_dialect spoken = sql_dialect::dsql)
        : dialect(spoken), faults(fault_seed) {}

    const sql_dialect dialect;
    fault_table faults;
    /// Increases with every committed transaction that changed the schema.
    std::atomic<std::uint64_t> catalogue_version{0};
};

}  // namespace dsql_local
