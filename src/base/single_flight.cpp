// SPDX-License-Identifier: Apache-2.0
#include "base/single_flight.hpp"

#include <dsql/error.hpp>

namespace dsql::detail {

namespace {

[[noreturn]] void throw_struck(const call_limits& limits, const std::string& activity) {
    const std::string what = " while waiting for credentials (" + activity + ")";
    if (limits.stop().stop_requested()) {
        throw cancelled_error("stopped" + what);
    }
    throw timeout_error("timed out" + what);
}

}  // namespace

bool is_unlimited(const call_limits& limits) noexcept {
    return !limits.deadline() && !limits.stop().stop_possible();
}

void throw_if_struck(const call_limits& limits, const activity_function& activity) {
    if (limits.stop().stop_requested() ||
        (limits.deadline() && *limits.deadline() <= call_limits::clock::now())) {
        throw_struck(limits, activity());
    }
}

bool flight_base::join() {
    const std::lock_guard lock(mutex_);
    ++waiting_;
    return stopping_;
}

void flight_base::stop() noexcept {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stop_.request_stop();
}

bool flight_base::has_ended() const {
    const std::lock_guard lock(mutex_);
    return ended_;
}

void flight_base::await(std::unique_lock<std::mutex>& lock, const call_limits& limits,
                        const activity_function& activity) {
    const auto has_ended = [this] {
        return ended_;
    };
    const bool in_time =
        limits.deadline() ? changed_.wait_until(lock, limits.stop(), *limits.deadline(), has_ended)
                          : changed_.wait(lock, limits.stop(), has_ended);
    if (in_time) {
        return;
    }
    lock.unlock();
    std::string what;
    try {
        what = activity();  // read before the stop, which ends the activity
    } catch (const std::exception&) {
        what = "a source";  // no memory for a better text
    }
    lock.lock();
    const bool is_last = --waiting_ == 0 && !ended_;
    stopping_ = stopping_ || is_last;
    lock.unlock();
    if (is_last) {
        stop_.request_stop();  // without the lock, because it runs callbacks
    }
    throw_struck(limits, what);
}

void flight_base::end() noexcept {
    ended_ = true;
    changed_.notify_all();
}

}  // namespace dsql::detail
