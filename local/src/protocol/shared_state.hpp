// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faults/fault_table.hpp"
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

/// Knows whether a statement that may cancel what other sessions run was running at a time. In
/// PostgreSQL's errors, such a cancellation looks like a lock_timeout that expired when the lock
/// was granted. Thread-safe.
class cancellation_watch {
public:
    void begin() noexcept {
        ++running_;
        ++changes_;
    }
    void end() noexcept {
        ++changes_;
        --running_;
    }
    std::uint64_t changes() const noexcept { return changes_; }
    /// Whether such a statement ran at any time since changes() returned `before`.
    bool was_possible_since(std::uint64_t before) const noexcept {
        return running_ != 0 || changes_ != before;
    }

private:
    std::atomic<std::uint64_t> running_{0};
    std::atomic<std::uint64_t> changes_{0};
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
    cancellation_watch cancellations;
    conflict_ledger conflicts;
};

/// Reports to the watch, while it exists, that what other sessions run may be canceled.
class backend_cancellation {
public:
    explicit backend_cancellation(std::shared_ptr<shared_state> shared)
        : shared_(std::move(shared)) {
        shared_->cancellations.begin();
    }
    backend_cancellation(backend_cancellation&&) noexcept = default;
    backend_cancellation& operator=(backend_cancellation&&) = delete;
    ~backend_cancellation() {
        if (shared_) {
            shared_->cancellations.end();
        }
    }

private:
    std::shared_ptr<shared_state> shared_;
};

}  // namespace dsql_local
