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

/// A job that DSQL does in the background, as `sys.jobs` has it. A plain value.
/// Source: Aurora DSQL User Guide, "Asynchronous indexes".
struct async_job {
    /// What `wait_for_job` takes.
    std::string id{};
    std::string status{};       ///< submitted, processing, completed, failed, ...
    std::string details{};      ///< why it failed, for example; may be empty
    std::string type{};         ///< INDEX_BUILD, for example
    std::string object_name{};  ///< schema and name of the index, for example

    /// Whether it is done, and has done what it was for.
    [[nodiscard]] bool is_completed() const noexcept { return status == "completed"; }
    /// Whether it is over without that.
    [[nodiscard]] bool is_failed() const noexcept {
        return status == "failed" || status == "cancelled";
    }
};

/// A job has failed, or there is none of that number. Of an index, DSQL leaves one that is INVALID:
/// drop it before you create it again, for `IF NOT EXISTS` would take it for the real one.
class DSQL_EXPORT job_failed_error : public error {
public:
    /// Of a job as it was seen last.
    explicit job_failed_error(async_job job);

    /// The job as it was seen last.
    [[nodiscard]] const async_job& job() const noexcept { return job_; }

private:
    async_job job_;
};

/// Runs a `CREATE [UNIQUE] INDEX ASYNC` statement and returns its job's number, for `wait_for_job`;
/// empty when DSQL gives none, because there is nothing to do. Conflicts are tried again. Throws as
/// `execute_with_retry` does, and `config_error` for another statement.
[[nodiscard]] DSQL_EXPORT std::string create_index_async(connection& used, sql_text statement,
                                                         const call_limits& limits = {});
[[nodiscard]] DSQL_EXPORT std::string create_index_async(pool& used, sql_text statement,
                                                         const call_limits& limits = {});

/// Is told of a job each time its status or details have changed.
using job_progress = std::function<void(const async_job&)>;

/// Waits until a job is completed, and returns it: asks `sys.jobs` after 50 ms first, later every
/// 2 s. An empty number is that of a job with nothing to do. With a pool, no connection is kept
/// meanwhile.
///
/// It looks at least once, for which there is always a second, and tries again what may pass.
///
/// Throws `job_failed_error` when it has failed or there is none; `timeout_error` at the deadline
/// of `limits`, with the job's status: it goes on; `cancelled_error` when stopped; and as
/// `query_functions` does. What `progress` throws is passed on.
DSQL_EXPORT async_job wait_for_job(connection& used, const std::string& id,
                                   const call_limits& limits = {},
                                   const job_progress& progress = {},
                                   source_location where = source_location::current());
DSQL_EXPORT async_job wait_for_job(pool& used, const std::string& id,
                                   const call_limits& limits = {},
                                   const job_progress& progress = {},
                                   source_location where = source_location::current());

}  // namespace dsql
