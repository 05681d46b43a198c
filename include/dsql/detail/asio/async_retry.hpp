// SPDX-License-Identifier: Apache-2.0
// What retries of coroutines share.
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/detail/retry_loop.hpp>
#include <dsql/error.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

namespace dsql::detail {

/// A timer that a stop request ends.
class stoppable_timer {
public:
    stoppable_timer(const boost::asio::any_io_executor& executor, std::chrono::nanoseconds wait,
                    const std::stop_token& stop)
        : timer_(std::make_shared<boost::asio::steady_timer>(executor, wait)),
          on_stop_(stop, cancelling{timer_}) {}

    [[nodiscard]] boost::asio::steady_timer& timer() noexcept { return *timer_; }

private:
    // Cancels on the timer's executor, because the request comes from any thread.
    struct cancelling {
        std::weak_ptr<boost::asio::steady_timer> timer;
        void operator()() const noexcept {
            try {
                if (auto own = timer.lock()) {
                    auto executor = own->get_executor();
                    boost::asio::post(executor, [own = std::move(own)] {
                        own->expires_at(boost::asio::steady_timer::time_point::min());
                    });
                }
            } catch (...) {
                return;  // no memory: the wait ends by itself
            }
        }
    };

    std::shared_ptr<boost::asio::steady_timer> timer_;
    std::stop_callback<cancelling> on_stop_;
};

/// Awaits `run()`, with Asio's errors for coroutines that were cancelled on or off. They are as
/// before afterwards.
template <class T, class Run>
boost::asio::awaitable<T> with_cancellation_errors(bool are_on, Run run) {
    const bool before = co_await boost::asio::this_coro::throw_if_cancelled();
    co_await boost::asio::this_coro::throw_if_cancelled(are_on);
    std::exception_ptr failure;
    std::optional<std::conditional_t<std::is_void_v<T>, bool, T>> returned;
    try {
        if constexpr (std::is_void_v<T>) {
            co_await run();
        } else {
            T value = co_await run();
            returned.emplace(std::move(value));
        }
    } catch (...) {
        failure = std::current_exception();
    }
    co_await boost::asio::this_coro::throw_if_cancelled(before);
    if (failure) {
        std::rethrow_exception(failure);
    }
    if constexpr (!std::is_void_v<T>) {
        co_return *std::move(returned);
    }
}

/// Throws `cancelled_error` if the coroutine was cancelled. `before` ends its message.
inline boost::asio::awaitable<void> require_not_cancelled(const char* before) {
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (state.cancelled() != boost::asio::cancellation_type::none) {
        throw cancelled_error(std::string("the coroutine was cancelled before ") + before);
    }
}

/// Waits before another attempt. Call it with Asio's errors for cancelled coroutines off. Throws
/// what `retry_loop::wait_before_retry` throws, and what `retry_loop::end_stopped` throws when a
/// stop is requested or the coroutine is cancelled.
inline boost::asio::awaitable<void> wait_before_retry(retry_loop& loop, const call_limits& limits,
                                                      std::exception_ptr failure) {
    const std::chrono::nanoseconds wait = loop.wait_before_retry(failure);
    const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
    stoppable_timer waiting(executor, wait, limits.stop());
    co_await waiting.timer().async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
    if (limits.stop().stop_requested() ||
        cancellation.cancelled() != boost::asio::cancellation_type::none) {
        loop.end_stopped(failure);
    }
}

/// Calls `attempt`, a function that returns an awaitable, until an attempt succeeds. Throws what
/// `wait_before_retry` throws.
template <class Attempt>
std::invoke_result_t<Attempt&> run_attempts(retry_loop& loop, const call_limits& limits,
                                            Attempt attempt) {
    for (;;) {
        std::exception_ptr failure;
        loop.begin_attempt();
        try {
            co_return co_await attempt();
        } catch (...) {
            failure = std::current_exception();
        }
        co_await wait_before_retry(loop, limits, failure);
    }
}

}  // namespace dsql::detail
