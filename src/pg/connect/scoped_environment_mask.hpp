// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/fork_guard.hpp"

#include <mutex>
#include <span>
#include <vector>

namespace dsql::pg {

/// Hides environment variables while it lives: those that libpq obeys and that no parameter can
/// overrule, such as `PGSERVICE`, `PGOPTIONS` and `PGTZ`. A connection to DSQL must not be
/// redirected, weakened or broken by any of them.
///
/// Costs one look at the environment when none of them is set. When one is, its entry is exchanged
/// for the lifetime of this object: no memory moves, so other threads may read the environment
/// meanwhile and merely miss these variables, as do children they start and other users of libpq in
/// the process. A thread that changes the environment meanwhile breaks a rule of POSIX's own for
/// `setenv` in threaded programs. A fork waits meanwhile: the child finds the variables as they are
/// and no lock held, be it this one or one that libpq takes while it connects.
class scoped_environment_mask {
public:
    explicit scoped_environment_mask(std::span<const char* const> names);
    ~scoped_environment_mask();
    scoped_environment_mask(const scoped_environment_mask&) = delete;
    scoped_environment_mask& operator=(const scoped_environment_mask&) = delete;

private:
    const detail::fork_gate no_fork_{};
    std::unique_lock<detail::fork_safe_mutex> lock_;
    std::vector<char*> hidden_;
};

}  // namespace dsql::pg
