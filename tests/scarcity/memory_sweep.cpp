// SPDX-License-Identifier: Apache-2.0
#include "scarcity/memory_sweep.hpp"

#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <random>
#include <stdexcept>
#include <string_view>
#include <typeinfo>

namespace {

using clock_type = std::chrono::steady_clock;
using namespace std::chrono_literals;

// A run that takes longer hangs.
constexpr unsigned longest_sweep_s = 40;
// No run waits for anything else than the server. Longer than the pauses of a pool's connects, even
// on a busy machine.
constexpr auto slow = 10s;
constexpr std::size_t most_complaints = 20;

// What the child tells its parent, in memory that they share.
struct notes {
    std::uint64_t nth = 0;  // of the run that has begun
    std::uint64_t requests = 0;
    std::uint64_t failed = 0;
    std::uint64_t succeeded = 0;
    bool is_over = false;
    struct counted {
        std::array<char, 40> name{};
        std::uint64_t count = 0;
    };
    std::array<counted, 8> errors{};
    std::array<std::array<char, 400>, most_complaints> complaints{};
    std::size_t complaint_count = 0;

    void complain(const std::string& text) {
        if (complaint_count < complaints.size()) {
            std::snprintf(complaints[complaint_count].data(), complaints[0].size(), "%llu: %s",
                          static_cast<unsigned long long>(nth), text.c_str());
            ++complaint_count;
        }
    }
    void count(const std::string& name) {
        for (counted& one : errors) {
            if (one.count == 0) {
                std::snprintf(one.name.data(), one.name.size(), "%s", name.c_str());
            }
            if (name == one.name.data()) {
                ++one.count;
                return;
            }
        }
    }
};

class shared_notes {
public:
    shared_notes()
        : memory_(mmap(nullptr, sizeof(notes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                       -1, 0)) {
        if (memory_ == MAP_FAILED) {
            throw std::runtime_error("no shared memory");
        }
        notes_ = new (memory_) notes();
    }
    ~shared_notes() { munmap(memory_, sizeof(notes)); }
    shared_notes(const shared_notes&) = delete;
    shared_notes& operator=(const shared_notes&) = delete;
    notes* operator->() noexcept { return notes_; }
    notes& operator*() noexcept { return *notes_; }

private:
    void* memory_;
    notes* notes_ = nullptr;
};

// Runs the use once. The request `nth` fails.
void run_once(world& on, const scarce_use& use, shortage::resource what, notes& to) {
    const auto nth = to.nth;
    on.warm_up();
    std::string error;
    std::string text;
    std::string failure_class;
    const auto began = clock_type::now();
    std::uint64_t requests = 0;
    try {
        use.run(on, [&] { shortage::fail(what, nth); });
        requests = shortage::end();
    } catch (const std::exception& failure) {
        requests = shortage::end();
        failure_class = documented_class(failure, use);
        text = failure.what();
        if (failure_class.empty()) {
            to.complain(std::string("an error that is not documented: ") + typeid(failure).name() +
                        ": " + text);
            failure_class = "other";
        }
    } catch (...) {
        requests = shortage::end();
        to.complain("an exception of no standard class");
        failure_class = "other";
    }
    to.requests = std::max(to.requests, requests);
    if (requests >= nth) {
        ++to.failed;
        failure_class.empty() ? static_cast<void>(++to.succeeded) : to.count(failure_class);
    } else if (!failure_class.empty()) {
        to.complain("fails although nothing was short: " + text);
    }
    if (clock_type::now() - began > slow) {
        to.complain("took " +
                    std::to_string((clock_type::now() - began) / std::chrono::milliseconds(1)) +
                    " ms: " + text);
    }
    const std::string left = requests >= nth ? on.complaint() : "";
    if (!left.empty()) {
        to.complain(left + " (after: " + text + ")");
    }
}

// The child's function. Begins at `to.nth`.
[[noreturn]] void work(const scarce_use& use, shortage::resource what, std::uint64_t most,
                       std::uint64_t seed, notes& to) {
    alarm(longest_sweep_s);
    try {
        world on;
        const std::uint64_t first = to.nth;
        const bool is_only = std::getenv("DSQL_TEST_REQUEST") != nullptr;
        to.nth = 1'000'000'000;
        run_once(on, use, what, to);
        run_once(on, use, what, to);
        to.nth = first;
        std::minstd_rand random(static_cast<unsigned>(seed + first));
        const std::uint64_t stride = std::max<std::uint64_t>(to.requests / most, 1);
        while (to.nth <= to.requests + 5) {
            alarm(longest_sweep_s);
            run_once(on, use, what, to);
            if (is_only) {
                break;
            }
            to.nth += stride == 1 ? 1 : 1 + random() % (2 * stride - 1);
        }
    } catch (const std::exception& failure) {
        to.complain(std::string("the run ended: ") + failure.what());
    }
    to.is_over = true;
    std::fflush(nullptr);
    _exit(EXIT_SUCCESS);
}

void take(notes& from, sweep_result& to) {
    for (std::size_t i = 0; i < from.complaint_count; ++i) {
        to.complaints.emplace_back(from.complaints[i].data());
    }
    from.complaint_count = 0;
}

}  // namespace

sweep_result sweep(const scarce_use& use, shortage::resource what, std::uint64_t most,
                   std::uint64_t seed) {
    shared_notes shared;
    const char* const only = std::getenv("DSQL_TEST_REQUEST");  // to look at one failure
    shared->nth = only == nullptr ? 1 : std::strtoull(only, nullptr, 10);
    sweep_result made;
    while (!shared->is_over && made.complaints.size() < most_complaints) {
        const pid_t child = fork();
        if (child == 0) {
            work(use, what, most, seed, *shared);
        }
        int status = 0;
        waitpid(child, &status, 0);
        take(*shared, made);
        if (!shared->is_over) {
            made.complaints.push_back(
                std::to_string(shared->nth) + ": " +
                (WIFSIGNALED(status) ? std::string(strsignal(WTERMSIG(status)))
                                     : "the process has ended with " + std::to_string(status)));
            ++shared->failed;
            ++shared->nth;
            shared->is_over = only != nullptr;
        }
    }
    take(*shared, made);
    made.requests = shared->requests;
    made.failed = shared->failed;
    made.succeeded = shared->succeeded;
    for (const auto& one : shared->errors) {
        if (one.count > 0) {
            made.errors[one.name.data()] = one.count;
        }
    }
    return made;
}
