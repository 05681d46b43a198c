// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "system/process.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstdint>

namespace dsql_local {

/// What a process and its children have done so far.
struct process_activity {
    std::uint64_t processor_time = 0;  ///< in clock ticks, without children that have ended
    std::uint64_t processes = 0;       ///< how many there are
    bool waits_for_disk = false;       ///< whether one of them waits for the disk now

    /// Whether anything has happened since `before`.
    bool differs_from(const process_activity& before) const noexcept {
        return waits_for_disk || processor_time != before.processor_time ||
               processes != before.processes;
    }
};

/// Reads the activity of a process and its children from /proc. What cannot be read does not count.
process_activity read_activity(pid_t parent);

/// Waits until the child ends. Gives up when neither it nor its children have done anything for
/// `quiet_time`. Returns whether the child has ended.
bool wait_while_active(child_process& child, std::chrono::milliseconds quiet_time);

}  // namespace dsql_local
