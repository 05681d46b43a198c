// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <vector>

namespace dsql::pg {

/// Hides every `PG*` environment variable while it lives. libpq reads them for whatever a caller
/// does not set, and some (`PGSERVICE`, `PGTZ`, `PGGEQO`) cannot be overruled by setting anything;
/// a connection to DSQL must not be redirected, weakened or broken by any of them.
///
/// Costs one look at the environment when no such variable is there. When there is one, its entry
/// is exchanged for the lifetime of this object: no memory moves, so other threads may read the
/// environment meanwhile and merely miss the `PG*` variables. A thread that changes the environment
/// meanwhile breaks a rule of POSIX's own for `setenv` in threaded programs.
class hidden_pg_environment {
public:
    hidden_pg_environment();
    ~hidden_pg_environment();
    hidden_pg_environment(const hidden_pg_environment&) = delete;
    hidden_pg_environment& operator=(const hidden_pg_environment&) = delete;

private:
    std::unique_lock<std::mutex> lock_;
    std::vector<char*> hidden_;
};

}  // namespace dsql::pg
