// SPDX-License-Identifier: Apache-2.0
#include "pg/io/blocking_driver.hpp"

#include "pg/io/step_budget.hpp"
#include "pg/io/stop_signal.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <limits>
#include <optional>
#include <thread>

namespace dsql::pg {

namespace {

short events_for(wait_for what) noexcept {
    switch (what) {
        case wait_for::readable:
            return POLLIN;
        case wait_for::writable:
            return POLLOUT;
        case wait_for::readable_or_writable:
            return POLLIN | POLLOUT;
        case wait_for::wakeup:
        case wait_for::done:
            break;
    }
    return 0;
}

// The longest time that a stop request may go unnoticed when no descriptor was left to signal it,
// and the pause before poll() is called again after it failed for lack of memory.
constexpr int slice_ms = 10;

int poll_timeout(const deadline& until) {
    const auto left = until.left();
    if (!left) {
        return -1;
    }
    constexpr long long longest = std::numeric_limits<int>::max();
    return static_cast<int>(std::min<long long>(left->count(), longest));
}

int slice_of(int timeout) noexcept {
    return timeout < 0 ? slice_ms : std::min(timeout, slice_ms);
}

wait_for take_step(operation& work) {
    const step_budget budget;
    return work.step();
}

// Calls poll(2). When it fails, because the kernel has no memory or the limit of descriptors is too
// low, sleeps briefly and returns as if something were ready, so that the caller checks again.
int poll_or_sleep(std::array<pollfd, 2>& watched, nfds_t count, int timeout) {
    const int ready = poll(watched.data(), count, timeout);
    if (ready >= 0 || errno == EINTR) {
        return ready;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(slice_of(timeout)));
    return 1;
}

wait_result wait(int socket, wait_for what, const deadline& until, const stop_signal& stop) {
    std::array<pollfd, 2> watched = {{{.fd = socket, .events = events_for(what), .revents = 0},
                                      {.fd = stop.descriptor(), .events = POLLIN, .revents = 0}}};
    const nfds_t count = stop.descriptor() < 0 ? 1 : watched.size();
    for (;;) {
        if (stop.must_be_asked() && stop.stop_requested()) {
            return wait_result::stopped;
        }
        const int timeout = poll_timeout(until);
        const int ready =
            poll_or_sleep(watched, count, stop.must_be_asked() ? slice_of(timeout) : timeout);
        if (ready > 0 && watched[1].revents != 0) {
            return wait_result::stopped;
        }
        // Otherwise a server that never stops sending would keep the operation running forever.
        if (ready >= 0 && timeout == 0) {
            return wait_result::timed_out;
        }
        if (ready > 0) {
            return wait_result::ready;
        }
    }
}

}  // namespace

[[gnu::hot]] wait_result run(operation& work, const deadline& until, const std::stop_token& stop,
                             const std::stop_token& other_stop,
                             std::optional<std::chrono::milliseconds> longest_wait) {
    const stop_signal signal(stop, other_stop);
    for (;;) {
        const wait_for what = take_step(work);
        if (what == wait_for::done) {
            return wait_result::ready;
        }
        const deadline limit = longest_wait ? until.earlier(deadline(*longest_wait)) : until;
        const deadline step_by = work.step_by();
        const wait_result result = wait(work.socket(), what, limit.earlier(step_by), signal);
        const bool wants_step = result == wait_result::timed_out && step_by.is_before(limit);
        if (result != wait_result::ready && !wants_step) {
            return result;
        }
    }
}

}  // namespace dsql::pg
