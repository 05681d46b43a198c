// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

namespace dsql_local {

class control_connection;

/// Runs the jobs of `CREATE INDEX ASYNC` and `ALTER TABLE ASYNC`, one after the other, in a thread
/// and on a connection of its own. PostgreSQL notifies it of new jobs. A job whose table another
/// transaction has locked is tried again until it succeeds.
class job_runner {
public:
    /// `socket` is PostgreSQL's. Does nothing before start(). Throws std::system_error.
    explicit job_runner(std::filesystem::path socket);

    /// Ends the thread. A job that is not done is done after the next start of the endpoint.
    ~job_runner();

    job_runner(const job_runner&) = delete;
    job_runner& operator=(const job_runner&) = delete;

    /// Starts the thread. Jobs of an earlier endpoint that are not done are the first.
    void start();

private:
    using delay = std::optional<std::chrono::milliseconds>;

    void run() const;
    static delay run_jobs(control_connection& connection);
    bool wait(const control_connection& connection, delay longest) const;

    std::filesystem::path socket_;
    int stop_;  // an eventfd that becomes readable when the thread must end
    std::thread thread_;
};

}  // namespace dsql_local
