// SPDX-License-Identifier: Apache-2.0
#include "aws/token/token_cache.hpp"

#include <dsql/error.hpp>

#include "errors/thread_shortage.hpp"

#include <exception>
#include <system_error>
#include <utility>

namespace dsql::aws {

token_cache::token_cache(make_function make, detail::activity_function activity)
    : make_(std::move(make)), activity_(std::move(activity)), at_exit_([this] { end_flight(); }) {}

token_cache::~token_cache() {
    end_flight();
}

void token_cache::end_flight() noexcept {
    memory* const own = memory_.find();
    if (own == nullptr) {
        return;  // a forked child has created none yet
    }
    std::shared_ptr<token_flight> running;
    std::thread worker;
    {
        const std::lock_guard lock(own->mutex);
        running = own->in_flight;
        worker = own->worker.take();
    }
    if (running) {
        running->stop();
    }
    detail::worker_thread::join(std::move(worker));
}

bool token_cache::memory::is_good(clock::time_point now) const noexcept {
    // After the wall clock was set back, the token would be from the future, which a server
    // rejects.
    return current.token != nullptr && now >= current.not_before && now < current.reuse_until;
}

token_cache::shared_token token_cache::get(clock::time_point now, const call_limits& limits) {
    memory& own = memory_.get();
    for (;;) {
        std::unique_lock lock(own.mutex);
        if (own.is_good(now)) {
            return own.current.token;
        }
        const bool is_leader = !own.in_flight;
        if (is_leader) {
            detail::require_running_process();
            detail::throw_if_struck(limits, activity_);
            own.in_flight = std::make_shared<token_flight>();
        }
        const std::shared_ptr<token_flight> joined = own.in_flight;
        const bool is_late = joined->join();
        if (is_leader) {
            start(own, lock, limits);
        } else {
            lock.unlock();
        }
        const token_flight::outcome ended = joined->wait(limits, activity_);
        if (!ended.failure) {
            return *ended.value;
        }
        // A late caller tries again: it joined after all others had given up and stopped the work.
        if (!is_late) {
            std::rethrow_exception(ended.failure);
        }
    }
}

// Makes the token on the caller's thread when the caller has no limits, otherwise on a worker
// thread.
void token_cache::start(memory& own, std::unique_lock<std::mutex>& lock,
                        const call_limits& limits) {
    const std::shared_ptr<token_flight> started = own.in_flight;
    if (detail::is_unlimited(limits)) {
        lock.unlock();
        make_for(own, *started, {});
        return;
    }
    try {
        own.worker.start([this, &own, started] { make_for(own, *started, started->stop_token()); });
    } catch (const std::system_error& failure) {
        own.in_flight.reset();
        started->fail(std::make_exception_ptr(detail::thread_shortage("make a token", failure)));
    } catch (...) {  // out of memory: other callers must not wait for work that was never started
        own.in_flight.reset();
        started->fail(std::current_exception());
    }
    lock.unlock();
}

void token_cache::make_for(memory& own, token_flight& waiting,
                           const std::stop_token& stop) noexcept {
    try {
        entry made = make_(stop);
        shared_token token = made.token;
        {
            const std::lock_guard lock(own.mutex);
            own.current = std::move(made);
            own.in_flight.reset();
        }
        waiting.succeed(std::move(token));
    } catch (...) {
        {
            const std::lock_guard lock(own.mutex);
            own.in_flight.reset();
        }
        waiting.fail(std::current_exception());
    }
}

void token_cache::invalidate() noexcept {
    if (memory* const own = memory_.find()) {
        const std::lock_guard lock(own->mutex);
        own->current = {};
    }
}

}  // namespace dsql::aws
