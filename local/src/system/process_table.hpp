// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <vector>

namespace dsql_local {

/// The processes that descend from `ancestor`, as /proc shows them now.
std::vector<pid_t> descendants_of(pid_t ancestor);

/// The processes of PostgreSQL's programs `postgres` and `initdb` that were started for the cluster
/// below `directory`. Without those that such a process has forked, which end with it.
std::vector<pid_t> servers_below(const std::filesystem::path& directory);

/// A function that looks processes up.
using process_search = std::function<std::vector<pid_t>()>;

/// Sends a signal to each process that `find` returns. Never to another process that got the id of
/// one that has ended: it asks `find` again when it holds the process, and sends the signal to the
/// process that it holds. Returns whether there was a process.
bool signal_all(const process_search& find, int signal);

}  // namespace dsql_local
