// SPDX-License-Identifier: Apache-2.0
#include "base/process_exit.hpp"

#include <dsql/error.hpp>

#include "base/fork_guard.hpp"

#include <openssl/crypto.h>

#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace dsql::detail {

namespace {

struct orphan {
    std::thread thread;
    fork_guard made_in;
};

// Global, because `exit` concerns the whole process. None of them has a destructor, because they
// are used while objects with static storage are destroyed.
constinit std::atomic<bool> exiting = false;
constinit fork_safe_mutex registry_mutex;
constinit bool handler_registered = false;              // guarded by registry_mutex
constinit stopped_at_exit* first_registered = nullptr;  // guarded by registry_mutex
constinit std::vector<orphan>* orphans = nullptr;       // guarded by registry_mutex; never freed

void join_orphans() noexcept {
    std::vector<orphan> leaving;
    {
        const std::lock_guard lock(registry_mutex);
        if (orphans != nullptr) {
            leaving.swap(*orphans);
        }
    }
    for (orphan& last : leaving) {
        if (last.made_in.is_in_child()) {
            std::construct_at(&last.thread);  // the parent's
        } else if (last.thread.get_id() == std::this_thread::get_id()) {
            last.thread.detach();  // it has called exit itself
        } else {
            last.thread.join();
        }
    }
}

void handle_exit() noexcept {
    exiting = true;
    stopped_at_exit::stop_all();
    join_orphans();
    fork_guard::disown_all();
}

// With the lock.
void register_handler() {
    if (exiting) {
        throw error("the process is exiting: nothing new can be made for it");
    }
    if (handler_registered) {
        return;
    }
    // OpenSSL's handler is registered first, so that ours runs before it. Without an option, the
    // call would do nothing.
    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
    if (std::atexit([] { handle_exit(); }) != 0) {
        throw std::bad_alloc();
    }
    handler_registered = true;
}

}  // namespace

bool is_exiting() noexcept {
    return exiting;
}

void watch_for_exit() {
    const std::lock_guard lock(registry_mutex);
    register_handler();
}

void require_running_process() {
    if (exiting) {
        throw error("the process is exiting: nothing new can be made for it");
    }
}

void join_at_exit(std::thread last) noexcept {
    try {
        const std::lock_guard lock(registry_mutex);
        if (orphans == nullptr) {
            orphans = new std::vector<orphan>();
        }
        orphans->reserve(orphans->size() + 1);
        orphans->push_back({.thread = std::move(last), .made_in = {}});
    } catch (...) {
        last.detach();  // no memory for the list; the thread has only a few instructions left
    }
}

stopped_at_exit::stopped_at_exit(std::function<void()> stop) : stop_(std::move(stop)) {
    const std::lock_guard lock(registry_mutex);
    register_handler();
    next_ = std::exchange(first_registered, this);
    if (next_ != nullptr) {
        next_->previous_ = this;
    }
}

stopped_at_exit::~stopped_at_exit() {
    {
        const std::lock_guard lock(registry_mutex);
        (previous_ != nullptr ? previous_->next_ : first_registered) = next_;
        if (next_ != nullptr) {
            next_->previous_ = previous_;
        }
    }
    if (phase_ == phase::idle) {
        return;
    }
    if (phase_ == phase::stopping && stopper_.load() == std::this_thread::get_id()) {
        *gone_ = true;
        return;
    }
    if (phase_ == phase::stopping && stopped_in_.is_in_child()) {
        return;  // a thread of the parent was stopping it at the fork
    }
    phase_.wait(phase::stopping);
    const std::lock_guard lock(registry_mutex);  // the caller of `stop` releases it
}

void stopped_at_exit::stop_all() noexcept {
    while (true) {
        stopped_at_exit* next = nullptr;
        bool gone = false;
        {
            const std::lock_guard lock(registry_mutex);
            for (next = first_registered; next != nullptr; next = next->next_) {
                if (next->phase_ == phase::idle) {
                    break;
                }
            }
            if (next == nullptr) {
                return;
            }
            next->stopper_ = std::this_thread::get_id();
            next->gone_ = &gone;
            next->stopped_in_ = {};
            next->phase_ = phase::stopping;
        }
        next->stop_();
        const std::lock_guard lock(registry_mutex);
        if (!gone) {
            next->phase_ = phase::stopped;
            next->phase_.notify_all();
        }
    }
}

}  // namespace dsql::detail
