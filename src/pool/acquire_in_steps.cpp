// SPDX-License-Identifier: Apache-2.0
#include "pool/acquire_in_steps.hpp"

#include <dsql/error.hpp>

#include "base/notify_on_completion.hpp"
#include "pool/nonblocking_scope.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <system_error>
#include <utility>

namespace dsql::detail {

/// A check of a connection on a thread of the pool.
struct acquire_in_steps::check {
    check(std::shared_ptr<pool_access::implementation> of, connection_slot* checked,
          const call_limits& until, const acquire_history& before, waker& told)
        : pool(std::move(of)),
          entry(checked),
          was_new(checked->is_new),
          limits(until),
          history(before),
          woken_by(told) {}

    const std::shared_ptr<pool_access::implementation> pool;
    connection_slot* const entry;
    const bool was_new;
    const call_limits limits;
    acquire_history history;
    waker& woken_by;

    std::mutex mutex{};  // guards the rest
    bool is_over = false;
    bool is_abandoned = false;
    bool has_passed = false;
    std::exception_ptr failure{};

    void run() noexcept {
        bool passes = false;
        std::exception_ptr thrown;
        try {
            passes = pool->passes_checks(entry, limits, history);
        } catch (...) {
            thrown = std::current_exception();
        }
        {
            const std::lock_guard lock(mutex);
            is_over = true;
            has_passed = passes;
            failure = thrown;
            if (!is_abandoned) {
                woken_by.wake();
                return;
            }
        }
        if (passes) {
            pool->engine().reject(entry, true);
        }
    }

    void abandon() noexcept {
        {
            const std::lock_guard lock(mutex);
            is_abandoned = true;
            if (!is_over || !has_passed) {
                return;
            }
        }
        pool->engine().reject(entry, true);
    }
};

acquire_in_steps::acquire_in_steps(std::shared_ptr<pool_access::implementation> from,
                                   const call_limits& limits, const source_location& where,
                                   pg::call_control& control)
    : pool_(std::move(from)), limits_(limits), where_(where), control_(control) {}

acquire_in_steps::~acquire_in_steps() {
    const nonblocking_scope scope;
    if (checking_) {
        checking_->abandon();
    }
    if (entry_ != nullptr) {
        pool_->engine().reject(entry_, true);
    }
    if (span_) {
        const cancelled_error given_up("acquire: given up");
        pool_->acquire_ended(*span_, &given_up);
    }
}

bool acquire_in_steps::step() {
    const nonblocking_scope scope;
    if (round_ == std::chrono::steady_clock::time_point()) {
        history_.began = std::chrono::steady_clock::now();
        if (pool_->watcher() != nullptr) {
            span_ = pool_->acquire_started(where_);
        }
        begin_round();
    }
    try {
        const bool has_ended = advance();
        if (has_ended && span_) {
            pool_->acquire_ended(*std::exchange(span_, std::nullopt), nullptr);
        }
        return has_ended;
    } catch (const std::exception& failure) {
        if (span_) {
            pool_->acquire_ended(*std::exchange(span_, std::nullopt), &failure);
        }
        throw;
    } catch (...) {  // of a hook
        if (span_) {
            const unknown_exception failure;
            pool_->acquire_ended(*std::exchange(span_, std::nullopt), &failure);
        }
        throw;
    }
}

bool acquire_in_steps::advance() {
    if (control_.is_cancelled()) {
        throw cancelled_error("acquire: stopped while waiting for a connection");
    }
    while (entry_ == nullptr) {
        if (checking_) {
            {
                const std::lock_guard lock(checking_->mutex);
                if (!checking_->is_over) {
                    require_in_time();
                    return false;
                }
            }
            if (!end_check()) {
                continue;
            }
        } else if (paused_until_) {
            if (std::chrono::steady_clock::now() < pause_end() &&
                !limits_.stop().stop_requested()) {
                return false;
            }
            paused_until_.reset();
            begin_round();
        } else {
            connection_slot* const arrived = waiting_->step();
            if (arrived == nullptr) {
                return false;
            }
            waiting_.reset();
            entry_ = arrived;
            if (pool_->needs_check(*arrived)) {
                begin_check();
            }
        }
    }
    pool_->engine().note_fit();
    return true;
}

void acquire_in_steps::begin_round() {
    round_ = std::chrono::steady_clock::now();
    waiting_.emplace(pool_->engine(), bounded(), where_, &history_, control_);
    on_stop_.reset();
}

void acquire_in_steps::begin_check() {
    on_stop_ = std::make_unique<pg::wake_on_stop>(limits_.stop(), control_);
    auto begun = std::make_shared<check>(pool_, entry_, bounded(), history_, control_);
    try {
        pool_->engine().run_elsewhere([begun] { begun->run(); });
    } catch (const std::system_error&) {
        pause_for_thread();
        return;
    }
    checking_ = std::move(begun);
    entry_ = nullptr;
}

// No thread can be started, which may pass. Until then others may use the connection.
void acquire_in_steps::pause_for_thread() {
    constexpr std::chrono::milliseconds pause{10};
    pool_->engine().reject(std::exchange(entry_, nullptr), true);
    require_in_time();
    paused_until_ = std::chrono::steady_clock::now() + pause;
}

bool acquire_in_steps::end_check() {
    const std::shared_ptr<check> ended = std::exchange(checking_, nullptr);
    if (ended->failure) {
        std::rethrow_exception(ended->failure);
    }
    if (ended->has_passed) {
        entry_ = ended->entry;
        return true;
    }
    history_ = ended->history;
    paused_until_ = ended->was_new ? pool_->engine().turn_after_unfit(round_) : round_;
    return false;
}

// A limit ends the pause, and then the next round.
std::chrono::steady_clock::time_point acquire_in_steps::pause_end() const {
    return std::min(*paused_until_, *bounded().deadline());
}

call_limits acquire_in_steps::bounded() const {
    return pool_->with_acquire_timeout(limits_, history_.began);
}

// The destructor abandons the check.
void acquire_in_steps::require_in_time() const {
    if (limits_.stop().stop_requested()) {
        throw cancelled_error(check_stopped);
    }
    if (std::chrono::steady_clock::now() >= *bounded().deadline()) {
        throw timeout_error(check_timed_out);
    }
}

pg::deadline acquire_in_steps::step_by() const {
    if (checking_) {
        return pg::deadline(*bounded().deadline());
    }
    if (paused_until_) {
        return pg::deadline(pause_end());
    }
    return waiting_ ? pg::deadline(waiting_->until()) : pg::deadline();
}

pooled_connection acquire_in_steps::take() noexcept {
    entry_->returns_elsewhere = true;
    return pool_access::handle_of(std::exchange(entry_, nullptr));
}

}  // namespace dsql::detail
