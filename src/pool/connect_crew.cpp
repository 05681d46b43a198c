// SPDX-License-Identifier: Apache-2.0
#include "pool/connect_crew.hpp"

#include <utility>

namespace dsql::detail {

void connect_crew::run(std::function<void()> work) {
    std::list<worker> added(1);
    const std::lock_guard lock(mutex_);
    workers_.remove_if([](worker& finished) {
        if (!finished.done) {
            return false;
        }
        finished.thread.join();
        return true;
    });
    worker& added_worker = added.front();
    added_worker.thread = std::thread([&added_worker, job = std::move(work)] {
        job();
        added_worker.done = true;
    });
    workers_.splice(workers_.end(), added);
}

void connect_crew::join() noexcept {
    std::list<worker> leaving;
    {
        const std::lock_guard lock(mutex_);
        for (auto next = workers_.begin(); next != workers_.end();) {
            const auto current = next++;
            if (current->thread.get_id() != std::this_thread::get_id()) {
                leaving.splice(leaving.end(), workers_, current);
            }
        }
    }
    for (worker& last : leaving) {
        last.thread.join();
    }
}

}  // namespace dsql::detail
