// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/asio/socket_watch.hpp>
#include <dsql/operation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace dsql::detail {

/// An operation in steps that an executor runs: waits for what each step asks for, and calls the
/// handler at the end. `Finish` makes the handler's result of the operation's.
///
/// The steps run on the handler's executor, one after the other also where that has several threads
/// and is no strand. Shared by its waits, so that it lives until the last of them has been
/// cancelled.
template <class Handler, class R, class U, class Finish>
class running_operation final
    : public std::enable_shared_from_this<running_operation<Handler, R, U, Finish>> {
public:
    running_operation(Handler handler, operation<U> work, Finish finish,
                      const boost::asio::any_io_executor& fallback)
        : handler_(std::move(handler)),
          executor_(boost::asio::get_associated_executor(*handler_, fallback)),
          life_(context_life_service::of(executor_)),
          work_(std::move(work)),
          finish_(std::move(finish)) {}

    void start() {
        // The operation ends this function's calls before it is destroyed. Only the pointer is
        // captured, because std::function allocates for more.
        work_->on_wakeup([this] { wake(); });
        auto slot = boost::asio::get_associated_cancellation_slot(*handler_);
        if (slot.is_connected()) {
            slot.assign([weak = this->weak_from_this()](boost::asio::cancellation_type type) {
                auto self = weak.lock();
                if (self && (type & boost::asio::cancellation_type::terminal) !=
                                boost::asio::cancellation_type::none) {
                    advance(std::move(self), cancelled, where::elsewhere);
                }
            });
        }
        advance(this->shared_from_this(), woken, where::elsewhere);
    }

private:
    using clock = std::chrono::steady_clock;
    using pointer = std::shared_ptr<running_operation>;

    // Bits of `events_`.
    static constexpr unsigned reading_ended = 1;
    static constexpr unsigned writing_ended = 2;
    static constexpr unsigned timing_ended = 4;
    static constexpr unsigned cancelled = 8;
    static constexpr unsigned woken = 16;
    static constexpr unsigned stepping = 32;  // not an event: somebody takes the steps

    // Where a function is called.
    enum class where { on_executor, elsewhere };

    // Whoever comes while another thread, or a caller up the stack, takes the steps leaves the
    // event to them.
    static void advance(pointer self, unsigned event, where called) {
        std::atomic<unsigned>& events = self->events_;
        if ((events.fetch_or(event | stepping, std::memory_order_acq_rel) & stepping) != 0) {
            return;
        }
        bool has_ended = false;
        unsigned left = stepping;
        do {
            const unsigned news = events.exchange(stepping, std::memory_order_acq_rel);
            if (self->work_) {
                self->take_step(news);
                has_ended = !self->work_;
            }
            left = stepping;
        } while (!events.compare_exchange_strong(left, 0, std::memory_order_acq_rel));
        if (has_ended) {
            complete(std::move(self), called);
        }
    }

    void take_step(unsigned news) {
        note_ended_waits(news);
        end_waits();
        if ((news & cancelled) != 0) {
            work_->cancel();
        }
        const wait_for what = work_->step();
        try {
            if (what == wait_for::done) {
                finish_work();
            } else {
                wait(what);
            }
        } catch (...) {
            failure_ = std::current_exception();
            work_.reset();
        }
    }

    // Ends the waits that did not cause this step. The step may give the connection away, and a
    // wait that is left over would keep the context busy, and the next wait for the socket from
    // being noticed.
    void end_waits() {
        if (is_reading_ || is_writing_) {
            socket_watch::end_waits(*work_);
        }
    }

    void finish_work() {
        if constexpr (std::is_void_v<U>) {
            work_->take();
        } else if constexpr (std::is_void_v<R>) {
            finish_(work_->take());
        } else {
            result_.emplace(finish_(work_->take()));
        }
        work_.reset();
    }

    void wait(wait_for what) {
        const auto by = work_->step_by();
        if (what == wait_for::wakeup) {
            // Also without a limit: the wait owns this object, and ends with the context.
            wait_until(by.value_or(clock::time_point::max()));
            return;
        }
        if (by) {
            wait_until(*by);
        }
        auto& descriptor = socket_watch::of(*work_, executor_);
        if (what != wait_for::writable && !std::exchange(is_reading_, true)) {
            descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                                  ended(reading_ended));
        }
        if (what != wait_for::readable && !std::exchange(is_writing_, true)) {
            descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                                  ended(writing_ended));
        }
    }

    // A timer that is due earlier than needed costs one step more; to set it anew costs more.
    void wait_until(clock::time_point by) {
        if (is_timing_ && by >= timer_at_) {
            return;
        }
        if (!timer_) {
            timer_.emplace(executor_);
        }
        is_timing_ = true;
        timer_at_ = by;
        timer_->expires_at(by);
        timer_->async_wait(ended(timing_ended));
    }

    // The handler of a wait. It runs on the handler's executor, and owns this object.
    struct wait_ended {
        using executor_type = boost::asio::any_io_executor;

        pointer self;
        unsigned wait;

        [[nodiscard]] const executor_type& get_executor() const noexcept { return self->executor_; }
        void operator()(const boost::system::error_code& failure) {
            if (wait == timing_ended && failure) {
                return;  // the timer was set anew
            }
            advance(std::move(self), wait, where::on_executor);
        }
    };
    wait_ended ended(unsigned wait) { return {this->shared_from_this(), wait}; }

    void note_ended_waits(unsigned news) noexcept {
        is_reading_ = is_reading_ && (news & reading_ended) == 0;
        is_writing_ = is_writing_ && (news & writing_ended) == 0;
        is_timing_ = is_timing_ && (news & timing_ended) == 0;
    }

    // Frees this object before the handler runs, which may begin the next call.
    static void complete(pointer self, where called) {
        if (self->timer_) {
            self->timer_->cancel();
        }
        const auto executor =
            called == where::on_executor ? boost::asio::any_io_executor() : self->executor_;
        auto call = [handler = std::move(*self->handler_), failure = std::move(self->failure_),
                     result = std::move(self->result_)]() mutable {
            if constexpr (std::is_void_v<R>) {
                std::move(handler)(std::move(failure));
            } else {
                std::move(handler)(std::move(failure),
                                   result ? *std::move(result) : empty_result<R>::make());
            }
        };
        self.reset();
        if (called == where::on_executor) {
            std::move(call)();
        } else {
            boost::asio::post(executor, std::move(call));
        }
    }

    // Called on any thread, with locks held. This object may be in the middle of its destruction,
    // with the context or without.
    void wake() noexcept {
        constexpr int most_attempts = 3;
        for (int attempt = 0; attempt < most_attempts; ++attempt) {
            try {
                post_wakeup();
                return;
            } catch (...) {
                continue;  // no memory; after the last attempt, the deadline takes the next step
            }
        }
    }
    void post_wakeup() {
        const std::lock_guard lock(life_->mutex);
        auto self = life_->has_ended ? nullptr : this->weak_from_this().lock();
        if (self != nullptr) {
            const boost::asio::any_io_executor executor = executor_;
            boost::asio::post(executor, [self = std::move(self)]() mutable {
                advance(std::move(self), woken, where::on_executor);
            });
        }
    }

    std::optional<Handler> handler_;
    boost::asio::any_io_executor executor_;
    const std::shared_ptr<context_life> life_;
    std::optional<operation<U>> work_;  // none when it is over
    [[no_unique_address]] Finish finish_;
    std::exception_ptr failure_{};
    std::optional<std::conditional_t<std::is_void_v<R>, bool, R>> result_{};
    std::optional<boost::asio::steady_timer> timer_{};
    clock::time_point timer_at_{};  // if `is_timing_`
    std::atomic<unsigned> events_ = 0;
    bool is_reading_ = false;
    bool is_writing_ = false;
    bool is_timing_ = false;
};

}  // namespace dsql::detail
