// SPDX-License-Identifier: Apache-2.0
// A process forks while a thread of it connects, makes tokens, runs statements or fetches
// credentials, at random moments of that thread: at an allocation, with a lock that it has just
// taken, between the making of a descriptor and its use. Each child can do everything that the
// library promises, and ends as programs do.
//
//     dsql-local run -- dsql_fork_moments [FORKS [SEED [SCENARIO]]]
//
// FORKS is the number of forks in each scenario; if it has no more moments than that, there is one
// fork at each. Prints a table, and exits with 0 if no child hung
// or failed. DSQL_TEST_MOMENT chooses the moment.
#include "integration/endpoint_under_test.hpp"
#include "processes/credentials_server.hpp"
#include "processes/moments.hpp"
#include "processes/new_process.hpp"
#include "processes/scenarios.hpp"
#include "support/exit_now.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr std::uint64_t never = ~std::uint64_t{0};

// How a process that forks has ended.
constexpr int child_failed = 3;
constexpr int work_failed = 4;

// Half of the children end as programs do, so that their handlers run.
[[noreturn]] void run_child(const scenario& what, inherited_objects& parents, bool exits) {
    alarm(far_too_long);
    int status = EXIT_SUCCESS;
    try {
        use_in_child(what, parents);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "child: %s\n", failure.what());
        status = EXIT_FAILURE;
    }
    if (exits) {
        std::exit(status);  // NOLINT(concurrency-mt-unsafe)
    }
    exit_now(status);
}

// Forks when the work of another thread has reached a moment. The exit status is that of a process.
int fork_at(const scenario& what, std::uint64_t moment) {
    inherited_objects objects{.settings = endpoint_under_test()};
    if (what.prepare) {
        what.prepare(objects);
    }
    bool failed = false;
    std::thread worker;
    moments::stop_at(moment);
    worker = std::thread([&] {
        try {
            what.work(objects);
        } catch (const std::exception& failure) {
            std::fprintf(stderr, "work: %s\n", failure.what());
            failed = true;
        }
        moments::end();
    });
    static_cast<void>(moments::await_stop());
    const pid_t child = fork();
    if (child == 0) {
        moments::go_on();
        run_child(what, objects, moment % 2 == 0);
    }
    const int status = wait_for(child);
    if (status != 0) {
        std::fprintf(stderr, "the child ended with %d; when it was forked, the thread was here:\n",
                     status);
        moments::print_where();
    }
    moments::go_on();
    worker.join();
    return status != 0 ? child_failed : failed ? work_failed : EXIT_SUCCESS;
}

// The number of moments of a scenario that nobody disturbs.
std::uint64_t count_moments(const scenario& what) {
    int ends[2] = {-1, -1};
    if (pipe(ends) != 0) {
        return 0;
    }
    const int status = in_new_process(what, [&] {
        inherited_objects objects{.settings = endpoint_under_test()};
        if (what.prepare) {
            what.prepare(objects);
        }
        moments::stop_at(never);
        std::thread([&] { what.work(objects); }).join();
        const std::uint64_t all = moments::count();
        return write(ends[1], &all, sizeof all) == sizeof all ? EXIT_SUCCESS : EXIT_FAILURE;
    });
    std::uint64_t all = 0;
    if (status != EXIT_SUCCESS || read(ends[0], &all, sizeof all) != sizeof all) {
        std::fprintf(stderr, "%s: its moments cannot be counted\n", what.name);
    }
    close(ends[0]);
    close(ends[1]);
    return all;
}

struct totals {
    int forks = 0;
    int failed = 0;
};

// The moments of a scenario that are tried.
std::vector<std::uint64_t> choose_moments(std::uint64_t all, int forks, std::mt19937_64& random) {
    if (const char* const wanted = std::getenv("DSQL_TEST_MOMENT")) {
        return {std::stoull(wanted)};
    }
    std::vector<std::uint64_t> moments(all);
    std::iota(moments.begin(), moments.end(), std::uint64_t{1});
    std::shuffle(moments.begin(), moments.end(), random);
    moments.resize(std::min(moments.size(), static_cast<std::size_t>(forks)));
    return moments;
}

totals fork_often(const scenario& what, int forks, std::mt19937_64& random) {
    const std::uint64_t all = count_moments(what);
    totals sum;
    for (const std::uint64_t moment : choose_moments(all, forks, random)) {
        const int status = in_new_process(what, [&] { return fork_at(what, moment); });
        ++sum.forks;
        if (status != EXIT_SUCCESS) {
            ++sum.failed;
            std::fprintf(stderr, "%s: moment %llu: %d\n", what.name,
                         static_cast<unsigned long long>(moment), status);
        }
    }
    std::printf("%-34s %8llu moments %6d forks %4d failed%s\n", what.name,
                static_cast<unsigned long long>(all), sum.forks, sum.failed,
                sum.failed == 0 && all > 0 ? "" : "  WRONG");
    std::fflush(stdout);
    sum.failed += all > 0 ? 0 : 1;
    return sum;
}

bool run(const std::vector<std::string>& arguments) {
    const int forks = arguments.empty() ? 20 : std::stoi(arguments[0]);
    const std::uint64_t seed =
        arguments.size() < 2 ? std::random_device{}() : std::stoull(arguments[1]);
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    std::mt19937_64 random(seed);
    const credentials_server server(keys_document());
    totals all;
    for (const scenario& each : scenarios(server.url())) {
        if (arguments.size() < 3 || arguments[2] == each.name) {
            const totals sum = fork_often(each, forks, random);
            all.forks += sum.forks;
            all.failed += sum.failed;
        }
    }
    std::printf("%d forks, %d failed\n", all.forks, all.failed);
    return all.forks > 0 && all.failed == 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run({argv + 1, argv + argc}) ? EXIT_SUCCESS : EXIT_FAILURE;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "dsql_fork_moments: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
