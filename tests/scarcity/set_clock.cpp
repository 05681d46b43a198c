// SPDX-License-Identifier: Apache-2.0
#include "scarcity/set_clock.hpp"

#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <ctime>

namespace {

constinit std::atomic<long> offset_s = 0;

timespec true_time(clockid_t clock) noexcept {
    timespec now{};
    syscall(SYS_clock_gettime, clock, &now);
    return now;
}

}  // namespace

void wall_clock::set(std::chrono::seconds by) noexcept {
    offset_s = by.count();
}

// The dynamic linker resolves the calls of all shared libraries to these functions.
#define DSQL_REPLACED extern "C" __attribute__((visibility("default")))

DSQL_REPLACED int clock_gettime(clockid_t clock, timespec* now) noexcept {
    *now = true_time(clock);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
        now->tv_sec += offset_s;
    }
    return 0;
}
DSQL_REPLACED int gettimeofday(timeval* now, void*) noexcept {
    const timespec read = true_time(CLOCK_REALTIME);
    *now = {.tv_sec = read.tv_sec + offset_s, .tv_usec = read.tv_nsec / 1000};
    return 0;
}
DSQL_REPLACED time_t time(time_t* now) noexcept {
    const time_t read = true_time(CLOCK_REALTIME).tv_sec + offset_s;
    if (now != nullptr) {
        *now = read;
    }
    return read;
}
