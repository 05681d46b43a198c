// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace dsql_local_test {

/// The number of descriptors that a process has open.
std::size_t descriptors_of(pid_t id);

/// The number of threads of a process that have a scheduling policy, as sched(7) names them.
std::size_t threads_with_policy(pid_t id, int policy);

/// The memory of a process that is in RAM, in bytes.
std::size_t memory_of(pid_t id);

/// The greatest memory_of() since the last call of forget_peak_memory(), in bytes.
std::size_t peak_memory_of(pid_t id);
void forget_peak_memory(pid_t id);

/// The number of sessions of the PostgreSQL that a dsql-local runs. Counts processes, because a
/// client that asked would be a session itself.
std::size_t postgres_sessions_of(pid_t endpoint);

}  // namespace dsql_local_test
