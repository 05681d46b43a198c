// SPDX-License-Identifier: Apache-2.0
// Starts processes that each fill a pool at the same time, against the connection rate of one
// dsql-local.
//
//     dsql_fleet_run PROCESSES CONNECTIONS RATE BURST
//
// CONNECTIONS are those of each process; dsql-local has room for 1000 in all. Exits with 0 if all
// connections were made within 1.3 times the shortest time that the rate allows, or 15 s more,
// nobody gave up, and at most one connect was refused for each connection.
#include <dsql/dsql.hpp>

#include "fleet/fleet_goals.hpp"
#include "support/restartable_endpoint.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

struct run_options {
    int processes = 0;
    int connections = 0;  // of each process
    int rate = 0;
    int burst = 0;

    [[nodiscard]] int wanted() const noexcept { return processes * connections; }
    [[nodiscard]] double ideal() const noexcept {
        return std::max(0, wanted() - burst) / static_cast<double>(rate);
    }
};

// What a process reports when its pool is full. The clock counts from the start of the machine, so
// times of several processes can be compared.
struct report {
    bool is_full = false;
    clock_type::time_point at{};
    std::int64_t refused = 0;
    std::int64_t gave_up = 0;
};

run_options read_options(int argc, char** argv) {
    if (argc != 5) {
        throw std::invalid_argument("expected PROCESSES CONNECTIONS RATE BURST");
    }
    return {.processes = std::stoi(argv[1]),
            .connections = std::stoi(argv[2]),
            .rate = std::stoi(argv[3]),
            .burst = std::stoi(argv[4])};
}

// A pipe between processes.
class pipe_of_processes {
public:
    pipe_of_processes() {
        if (::pipe(ends_.data()) != 0) {
            throw std::system_error(errno, std::generic_category(), "pipe");
        }
    }
    [[nodiscard]] int reading() const noexcept { return ends_[0]; }
    [[nodiscard]] int writing() const noexcept { return ends_[1]; }
    // Waits until the last writing end is closed.
    void await_end() const noexcept {
        char byte = 0;
        while (::read(ends_[0], &byte, 1) > 0) {
            // nobody writes
        }
    }
    void close_writing() noexcept { ::close(std::exchange(ends_[1], -1)); }

private:
    std::array<int, 2> ends_{-1, -1};
};

// Uses the pool now and then until a stop is requested.
void use(dsql::pool& pool, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        try {
            static_cast<void>(pool.acquire());
        } catch (const dsql::error&) {
            // counted by the pool
        }
        std::this_thread::sleep_for(200ms);
    }
}

report fill_pool(dsql::pool& pool, int connections) {
    report filled;
    try {
        const std::jthread user([&pool](const std::stop_token& stop) { use(pool, stop); });
        pool.warm_up(connections, 10min);
        filled.is_full = true;
        filled.at = clock_type::now();
    } catch (const dsql::error& failure) {
        std::fprintf(stderr, "%s\n", failure.what());
    }
    const dsql::pool_stat stat = pool.stat();
    filled.refused = stat.connect_errors;
    filled.gave_up = stat.acquire_timeouts;
    return filled;
}

// The life of one process: waits for `start`, fills its pool, reports, and keeps the connections
// until `end`.
void run_process(const dsql::config& settings, const run_options& options,
                 const pipe_of_processes& start, const pipe_of_processes& reports,
                 const pipe_of_processes& end) {
    start.await_end();
    dsql::pool pool(settings, {.max_connections = options.connections,
                               .connection_rate = static_cast<double>(options.rate),
                               .connection_burst = options.burst});
    const report filled = fill_pool(pool, options.connections);
    if (::write(reports.writing(), &filled, sizeof filled) != sizeof filled) {
        std::perror("write");
    }
    end.await_end();
    pool.close(10s);
}

std::vector<pid_t> start_processes(const dsql::config& settings, const run_options& options,
                                   pipe_of_processes& start, pipe_of_processes& reports,
                                   pipe_of_processes& end) {
    std::vector<pid_t> started;
    for (int i = 0; i < options.processes; ++i) {
        const pid_t child = ::fork();
        if (child < 0) {
            throw std::system_error(errno, std::generic_category(), "fork");
        }
        if (child == 0) {
            start.close_writing();
            end.close_writing();
            run_process(settings, options, start, reports, end);
            std::fflush(nullptr);
            ::_exit(EXIT_SUCCESS);
        }
        started.push_back(child);
    }
    reports.close_writing();
    return started;
}

bool print(const run_options& options, const report& all, seconds took) {
    const double ideal = options.ideal();
    std::printf(
        "%d processes, %d connections, rate %d, burst %d: %.1f s, ideal %.1f s, ratio %.2f; "
        "%lld refused, %lld gave up\n",
        options.processes, options.wanted(), options.rate, options.burst, took.count(), ideal,
        took.count() / ideal, static_cast<long long>(all.refused),
        static_cast<long long>(all.gave_up));
    return all.is_full && all.gave_up == 0 && all.refused <= options.wanted() &&
           took.count() <= std::max(1.3 * ideal, ideal + fleet::allowance_for_short);
}

bool run(const run_options& options) {
    restartable_endpoint endpoint({"--connection-rate", std::to_string(options.rate),
                                   "--connection-burst", std::to_string(options.burst),
                                   "--login-timeout", "60"});
    dsql::config settings = endpoint.settings();
    settings.connect_timeout = 60s;  // the machine is busy
    pipe_of_processes start;
    pipe_of_processes reports;
    pipe_of_processes end;
    const std::vector<pid_t> started = start_processes(settings, options, start, reports, end);
    const auto began = clock_type::now();
    start.close_writing();
    report all{.is_full = true, .at = began};
    for (int i = 0; i < options.processes; ++i) {
        report one;
        if (::read(reports.reading(), &one, sizeof one) != sizeof one) {
            throw std::runtime_error("a process ended without a report");
        }
        all.is_full = all.is_full && one.is_full;
        all.at = std::max(all.at, one.at);
        all.refused += one.refused;
        all.gave_up += one.gave_up;
    }
    end.close_writing();
    for (const pid_t process : started) {  // dsql-local goes on
        ::waitpid(process, nullptr, 0);
    }
    return print(options, all, all.at - began);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(read_options(argc, argv)) ? EXIT_SUCCESS : EXIT_FAILURE;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "dsql_fleet_run: %s\n", failure.what());
        return EXIT_FAILURE;
    }
}
