// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faults/fault_table.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace dsql_local {

/// How long things may last here; zero: without end.
struct time_limits {
    std::chrono::nanoseconds transaction{std::chrono::seconds(300)};
    std::chrono::nanoseconds session{std::chrono::seconds(3600)};
};

/// What the sessions of an endpoint share and change. Safe from any thread.
struct shared_state {
    explicit shared_state(std::uint64_t fault_seed) : faults(fault_seed) {}

    fault_table faults;
    /// Goes up with every transaction that has changed the catalogue.
    std::atomic<std::uint64_t> catalogue_version{0};
};

}  // namespace dsql_local
