// SPDX-License-Identifier: Apache-2.0
#include "pool/maintenance_thread.hpp"

#include <dsql/error.hpp>

#include "base/openssl_thread.hpp"
#include "base/process_exit.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

namespace dsql::detail {

namespace {

constexpr std::chrono::milliseconds pause_after_failure{1'000};

std::chrono::milliseconds run_work(
    const std::function<std::chrono::milliseconds()>& work) noexcept {
    try {
        return work();
    } catch (...) {
        return pause_after_failure;  // no caller on this thread could handle the exception
    }
}

}  // namespace

struct maintenance_thread::state {
    explicit state(std::function<std::chrono::milliseconds()> job) : work(std::move(job)) {}

    const std::function<std::chrono::milliseconds()> work;
    std::mutex mutex{};
    std::condition_variable changed{};
    bool woken = false;     // guarded by mutex
    bool stopping = false;  // guarded by mutex
};

maintenance_thread::maintenance_thread(std::function<std::chrono::milliseconds()> work)
    : state_(std::make_shared<state>(std::move(work))), thread_(start(state_)) {}

std::thread maintenance_thread::start(const std::shared_ptr<state>& shared) {
    try {
        return std::thread([mine = shared]() mutable {
            run(*mine);
            mine.reset();
            openssl_thread::end();
        });
    } catch (const std::system_error& failure) {
        throw error(std::string("pool: its thread cannot be started: ") + failure.what());
    }
}

maintenance_thread::~maintenance_thread() {
    stop();
    if (thread_.joinable()) {
        defer_join();
    }
}

void maintenance_thread::wake() {
    const std::lock_guard lock(state_->mutex);
    state_->woken = true;
    state_->changed.notify_one();
}

void maintenance_thread::request_stop() noexcept {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_one();
}

void maintenance_thread::stop() noexcept {
    request_stop();
    // The work itself may call this function; a thread cannot join itself, so the owner joins
    // later.
    if (thread_.joinable() && thread_.get_id() != std::this_thread::get_id()) {
        thread_.join();
    }
}

void maintenance_thread::defer_join() noexcept {
    request_stop();
    if (thread_.joinable()) {
        join_at_exit(std::move(thread_));
    }
}

void maintenance_thread::run(state& shared) {
    while (true) {
        const std::chrono::milliseconds pause = run_work(shared.work);
        std::unique_lock lock(shared.mutex);
        shared.changed.wait_for(lock, pause, [&] { return shared.woken || shared.stopping; });
        shared.woken = false;
        if (shared.stopping) {
            return;
        }
    }
}

}  // namespace dsql::detail
