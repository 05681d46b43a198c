// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/asio/socket_watch.hpp>
#include <dsql/operation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
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
                const auto self = weak.lock();
                if (self && (type & boost::asio::cancellation_type::terminal) !=
                                boost::asio::cancellation_type::none) {
                    self->is_cancelled_ = true;
                    self->advance();
                }
            });
        }
        is_starting_ = true;
        advance();
        is_starting_ = false;
    }

private:
    using clock = std::chrono::steady_clock;
    using pointer = std::shared_ptr<running_operation>;

    // Bits of `ended_waits_`.
    static constexpr unsigned reading = 1;
    static constexpr unsigned writing = 2;
    static constexpr unsigned timing = 4;

    // Whoever comes while another thread, or a caller up the stack, advances leaves it to them.
    void advance() {
        int requests = 1;
        if (requests_.fetch_add(1, std::memory_order_acq_rel) != 0) {
            return;
        }
        const pointer keep = this->shared_from_this();
        bool has_ended = false;
        do {
            if (work_) {
                take_step();
                has_ended = !work_;
            }
        } while (!requests_.compare_exchange_strong(requests, 0, std::memory_order_acq_rel));
        if (has_ended) {
            complete();
        }
    }

    void take_step() {
        note_ended_waits();
        if (is_cancelled_.exchange(false)) {
            work_->cancel();
        }
        const wait_for what = work_->step();
        try {
            if (what == wait_for::done) {
                end_waits();
                finish_work();
            } else {
                wait(what);
            }
        } catch (...) {
            failure_ = std::current_exception();
            work_.reset();
        }
    }

    // A wait that is left over would keep the context busy.
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
        auto& descriptor = socket_watch::of(*work_, io_executor());
        if (what != wait_for::writable && !std::exchange(is_reading_, true)) {
            descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read, ended(reading));
        }
        if (what != wait_for::readable && !std::exchange(is_writing_, true)) {
            descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                                  ended(writing));
        }
    }

    // A timer that is due earlier than needed costs one step more; to set it anew costs more.
    void wait_until(clock::time_point by) {
        if (timer_at_ && by >= *timer_at_) {
            return;
        }
        if (!timer_) {
            timer_.emplace(io_executor());
        }
        timer_at_ = by;
        timer_->expires_at(by);
        timer_->async_wait(ended(timing));
    }

    // The handler of a wait. It may run on any thread while another one takes a step, so it only
    // leaves a note.
    auto ended(unsigned wait) {
        return boost::asio::bind_executor(executor_, [self = this->shared_from_this(), wait](
                                                         const boost::system::error_code& failure) {
            if (wait == timing && failure) {
                return;  // the timer was set anew
            }
            self->ended_waits_.fetch_or(wait, std::memory_order_relaxed);
            self->advance();
        });
    }
    void note_ended_waits() noexcept {
        const unsigned ended = ended_waits_.exchange(0, std::memory_order_relaxed);
        is_reading_ = is_reading_ && (ended & reading) == 0;
        is_writing_ = is_writing_ && (ended & writing) == 0;
        if ((ended & timing) != 0) {
            timer_at_.reset();
        }
    }

    void complete() {
        boost::asio::get_associated_cancellation_slot(*handler_).clear();
        if (timer_) {
            timer_->cancel();
        }
        auto call = [handler = std::move(*handler_), failure = failure_,
                     result = std::move(result_)]() mutable {
            if constexpr (std::is_void_v<R>) {
                std::move(handler)(failure);
            } else {
                std::move(handler)(failure, result ? *std::move(result) : empty_result<R>::make());
            }
        };
        handler_.reset();
        if (is_starting_) {
            boost::asio::post(executor_, std::move(call));
        } else {
            boost::asio::dispatch(executor_, std::move(call));
        }
    }

    // Called on any thread, with locks held. This object may be in the middle of its destruction,
    // with the context or without.
    void wake() noexcept {
        try {
            const std::lock_guard lock(life_->mutex);
            auto self = life_->has_ended ? nullptr : this->weak_from_this().lock();
            if (self != nullptr) {
                const boost::asio::any_io_executor executor = executor_;
                boost::asio::post(executor, [self = std::move(self)] { self->advance(); });
            }
        } catch (...) {
            return;  // the executor is out of memory; the deadline takes the next step
        }
    }

    [[nodiscard]] boost::asio::any_io_executor io_executor() const { return executor_; }

    std::optional<Handler> handler_;
    boost::asio::any_io_executor executor_;
    const std::shared_ptr<context_life> life_;
    std::optional<operation<U>> work_;  // none when it is over
    Finish finish_;
    std::exception_ptr failure_{};
    std::optional<std::conditional_t<std::is_void_v<R>, bool, R>> result_{};
    std::optional<boost::asio::steady_timer> timer_{};
    std::optional<clock::time_point> timer_at_{};
    std::atomic<int> requests_ = 0;
    std::atomic<bool> is_cancelled_ = false;
    std::atomic<bool> is_starting_ = false;
    std::atomic<unsigned> ended_waits_ = 0;
    bool is_reading_ = false;
    bool is_writing_ = false;
};

}  // namespace dsql::detail
