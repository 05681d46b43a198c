// SPDX-License-Identifier: Apache-2.0
#include "pg/io/blocking_driver.hpp"

#include "pg/io/stop_signal.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

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
        case wait_for::done:
            break;
    }
    return 0;
}

// How often stop tokens are asked that no descriptor speaks for.
constexpr int milliseconds_between_questions = 10;

int poll_timeout(const deadline& until, bool asking) {
    const long long longest =
        asking ? milliseconds_between_questions : std::numeric_limits<int>::max();
    const auto left = until.left();
    if (!left) {
        return asking ? milliseconds_between_questions : -1;
    }
    return static_cast<int>(std::min<long long>(left->count(), longest));
}

wait_result wait(int socket, wait_for what, const deadline& until, const stop_signal& stop) {
    std::array<pollfd, 2> watched = {{{.fd = socket, .events = events_for(what), .revents = 0},
                                      {.fd = stop.descriptor(), .events = POLLIN, .revents = 0}}};
    const nfds_t count = stop.descriptor() < 0 ? 1 : watched.size();
    for (;;) {
        const int timeout = poll_timeout(until, stop.must_be_asked());
        const int ready = poll(watched.data(), count, timeout);
        if (ready < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "poll");
        }
        if (stop.must_be_asked() ? stop.stop_requested() : ready > 0 && watched[1].revents != 0) {
            return wait_result::stopped;
        }
        // A server that always has more to say would else be listened to for ever.
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
                             const std::stop_token& other_stop) {
    const stop_signal signal(stop, other_stop);
    for (;;) {
        const wait_for what = work.step();
        if (what == wait_for::done) {
            return wait_result::ready;
        }
        const wait_result result = wait(work.socket(), what, until, signal);
        if (result != wait_result::ready) {
            return result;
        }
    }
}

}  // namespace dsql::pg
