// SPDX-License-Identifier: Apache-2.0
#include "postgres/job_runner.hpp"

#include "postgres/control_connection.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <string>
#include <system_error>
#include <utility>

namespace dsql_local {
namespace {

// A job that has to wait for a lock gives up at once, because statements would queue up behind it.
constexpr const char* preparation =
    "SET default_transaction_isolation = 'read committed'; SET lock_timeout = '5ms'; "
    "LISTEN dsql_local_jobs";

}  // namespace

job_runner::job_runner(std::filesystem::path socket)
    : socket_(std::move(socket)), stop_(eventfd(0, EFD_CLOEXEC)) {
    if (stop_ < 0) {
        throw std::system_error(errno, std::generic_category(), "cannot make an eventfd");
    }
}

job_runner::~job_runner() {
    eventfd_write(stop_, 1);
    if (thread_.joinable()) {
        thread_.join();
    }
    close(stop_);
}

void job_runner::start() {
    thread_ = std::thread([this] { run(); });
}

// If PostgreSQL ends, so does the thread; the main thread reports it.
void job_runner::run() const {
    try {
        control_connection connection(socket_);
        connection.query(preparation);
        while (wait(connection, run_jobs(connection))) {
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "dsql-local: jobs are no longer run: %s\n", error.what());
    }
}

// Runs the jobs that are due. Returns the time until the next one, if there is one.
job_runner::delay job_runner::run_jobs(control_connection& connection) {
    while (true) {
        const auto rows = connection.query("SELECT pg_catalog.dsql_local_run_job()");
        const std::string& seconds = rows.at(0).at(0);
        if (seconds != "0" && !connection.take_notification()) {
            return seconds.empty() ? delay{}
                                   : std::chrono::ceil<std::chrono::milliseconds>(
                                         std::chrono::duration<double>(std::stod(seconds)));
        }
    }
}

// Waits for a notification, but not longer than a delay. Returns false if the thread must end.
bool job_runner::wait(const control_connection& connection, delay longest) const {
    std::array<pollfd, 2> watched{
        pollfd{.fd = stop_, .events = POLLIN, .revents = 0},
        pollfd{.fd = connection.descriptor(), .events = POLLIN, .revents = 0}};
    poll(watched.data(), watched.size(), longest ? static_cast<int>(longest->count()) : -1);
    return watched[0].revents == 0;
}

}  // namespace dsql_local
