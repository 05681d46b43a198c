// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/error.hpp>
#include <dsql/export.hpp>
#include <dsql/source_location.hpp>
#include <dsql/sql_text.hpp>

#include <functional>
#include <string>

namespace dsql {

class connection;
class pool;

/// A job that DSQL runs in the background: a row of `sys.jobs`. A plain value.
/// Source: Aurora DSQL User Guide, "Asynchronous indexes".
struct async_job {
    /// The id of the job, for `wait_for_job`.
    std::string id{};
    std::string status{};       ///< submitted, processing, completed, failed, ...
    std::string details{};      ///< why it failed, for example; may be empty
    std::string type{};         ///< INDEX_BUILD, for example
    std::string object_name{};  ///< schema and name of the index, for example

    /// Whether it has ended successfully.
    [[nodiscard]] bool is_completed() const noexcept { return status == "completed"; }
    /// Whether it has ended without success.
    [[nodiscard]] bool is_failed() const noexcept {
        return status == "failed" || status == "cancelled";
    }
};

/// A job has failed, or no job has that id. A failed index build leaves an INVALID index behind:
/// drop it before you create it again, because `IF NOT EXISTS` counts it as existing.
class DSQL_EXPORT job_failed_error : public error {
public:
    /// Makes the error from the last known state of the job.
    explicit job_failed_error(async_job job);

    /// The last known state of the job.
    [[nodiscard]] const async_job& job() const noexcept { return job_; }

private:
    async_job job_;
};

/// Runs a `CREATE [UNIQUE] INDEX ASYNC` statement and returns the id of its job, for
/// `wait_for_job`; empty when DSQL starts none, because there is nothing to do. Conflicts are tried
/// again. Throws `config_error` for any other statement, `server_error` when the server rejects
/// this one, `retries_exhausted` after too many conflicts, `connection_error`, `timeout_error` and
/// `cancelled_error`. @see execute_with_retry
[[nodiscard]] DSQL_EXPORT std::string create_index_async(connection& target, sql_text statement,
                                                         const call_limits& limits = {});
/// Runs a `CREATE [UNIQUE] INDEX ASYNC` statement on a connection of the pool.
/// @see create_index_async(connection&, sql_text, const call_limits&)
[[nodiscard]] DSQL_EXPORT std::string create_index_async(pool& target, sql_text statement,
                                                         const call_limits& limits = {});

/// Called with a job each time its status or details have changed.
using job_progress = std::function<void(const async_job&)>;

/// Waits until a job is completed, and returns it. Reads `sys.jobs` at once, and then after pauses
/// that grow from 50 ms to 2 s. An empty `id` stands for a job with nothing to do.
///
/// The job is read at least once, even if the deadline of `limits` leaves less than a second.
/// Transient errors are retried. `progress` is called after each change, on the calling thread;
/// what it throws is passed on.
///
/// Throws `job_failed_error` when the job has failed or does not exist, `timeout_error` at the
/// deadline and `cancelled_error` when stopped (the job goes on, and the error has its last known
/// status), `server_error` and `connection_error`.
DSQL_EXPORT async_job wait_for_job(connection& target, const std::string& id,
                                   const call_limits& limits = {},
                                   const job_progress& progress = {},
                                   source_location where = source_location::current());
/// Waits until a job is completed, and returns it. Keeps no connection of the pool while it waits.
/// @see wait_for_job(connection&, const std::string&, const call_limits&, const job_progress&,
/// source_location)
DSQL_EXPORT async_job wait_for_job(pool& target, const std::string& id,
                                   const call_limits& limits = {},
                                   const job_progress& progress = {},
                                   source_location where = source_location::current());

}  // namespace dsql
