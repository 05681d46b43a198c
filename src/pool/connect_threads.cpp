// SPDX-License-Identifier: Apache-2.0
#include "pool/connect_threads.hpp"

#include <dsql/error.hpp>

#include "base/openssl_thread.hpp"
#include "base/process_exit.hpp"

#include <list>
#include <mutex>
#include <thread>
#include <utility>

namespace dsql::detail {

struct connect_threads::state {
    struct worker {
        bool done = false;
        std::thread thread{};
    };

    std::mutex mutex{};
    bool closed = false;           // guarded by mutex
    std::list<worker> workers{};   // guarded by mutex
    int working = 0;               // guarded by mutex
    std::shared_ptr<void> kept{};  // guarded by mutex

    // Called at the end of a task. Releases the kept object last, without the lock, because it may
    // own the `connect_threads` object.
    void ended(worker& self) noexcept {
        std::shared_ptr<void> last;
        const std::lock_guard lock(mutex);
        self.done = true;
        if (--working == 0) {
            last = std::move(kept);
        }
    }
};

connect_threads::connect_threads() : state_(std::make_shared<state>()) {}

connect_threads::~connect_threads() {
    close();
    const std::lock_guard lock(state_->mutex);
    for (state::worker& own : state_->workers) {
        join_at_exit(std::move(own.thread));
    }
}

void connect_threads::run(std::function<void()> work) {
    std::list<state::worker> added(1);
    const std::lock_guard lock(state_->mutex);
    if (state_->closed) {
        throw error("the pool is closed");
    }
    state_->workers.remove_if([](state::worker& last) {
        if (last.done) {
            last.thread.join();  // it is about to end, so this does not block
        }
        return last.done;
    });
    state::worker& added_worker = added.front();
    added_worker.thread =
        std::thread([shared = state_, &added_worker, job = std::move(work)]() mutable {
            job();
            job = nullptr;
            shared->ended(added_worker);
            openssl_thread::end();
        });
    ++state_->working;
    state_->workers.splice(state_->workers.end(), added);
}

void connect_threads::close() noexcept {
    std::list<state::worker> leaving;
    {
        const std::lock_guard lock(state_->mutex);
        state_->closed = true;
        for (auto next = state_->workers.begin(); next != state_->workers.end();) {
            const auto current = next++;
            if (current->thread.get_id() != std::this_thread::get_id()) {
                leaving.splice(leaving.end(), state_->workers, current);
            }
        }
    }
    for (state::worker& last : leaving) {
        last.thread.join();
    }
}

void connect_threads::close_and_keep(std::shared_ptr<void> kept) noexcept {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
    if (state_->working > 0) {
        state_->kept = std::move(kept);
    }
}

}  // namespace dsql::detail
