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

/// Knows whether statements of a kind were running at a time. Thread-safe.
class activity_watch {
public:
    /// Returns what changes() is from now on.
    std::uint64_t begin() noexcept {
        ++running_;
        return ++changes_;
    }
    void end() noexcept {
        ++changes_;
        --running_;
    }
    std::uint64_t running() const noexcept { return running_; }
    std::uint64_t changes() const noexcept { return changes_; }
    /// Whether such a statement ran at any time since changes() returned `before`.
    bool was_active_since(std::uint64_t before) const noexcept {
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
    /// Statements that may cancel what other sessions run. In PostgreSQL's errors, that looks like
    /// a lock_timeout that expired when the lock was granted.
    activity_watch cancellations;
    /// Statements that change the schema, to the end of their transactions.
    activity_watch schema_changes;
    conflict_ledger conflicts;
};

/// A statement that a watch of the shared state knows of while this exists.
class watched_statement {
public:
    watched_statement(std::shared_ptr<shared_state> shared, activity_watch shared_state::*watch)
        : shared_(std::move(shared)),
          watch_(watch),
          changes_((*shared_.*watch_).begin()),
          had_others_((*shared_.*watch_).running() > 1) {}
    watched_statement(watched_statement&&) noexcept = default;
    watched_statement& operator=(watched_statement&&) = delete;
    ~watched_statement() {
        if (shared_) {
            (*shared_.*watch_).end();
        }
    }

    /// Whether another statement of this kind ran at any time since this one began.
    bool has_overlapped() const noexcept {
        return had_others_ || (*shared_.*watch_).changes() != changes_;
    }

private:
    std::shared_ptr<shared_state> shared_;
    activity_watch shared_state::*watch_;
    std::uint64_t changes_;  // of the watch, when this began
    bool had_others_;
};

}  // namespace dsql_local
