// SPDX-License-Identifier: Apache-2.0
#include "pool/connection_rate.hpp"

#include <dsql/error.hpp>

#include "base/fork_guard.hpp"

#include <algorithm>
#include <utility>

namespace dsql::detail {

namespace {

double capacity_for(int burst) noexcept {
    return std::max(1.0, burst * 0.9);
}

// The list of all shared rates. It is global because the limit belongs to the cluster, not to a
// pool. It owns nothing and has no destructor, because a destructor could run before that of the
// last pool.
constinit fork_safe_mutex registry_mutex;
constinit connection_rate* first_rate = nullptr;  // guarded by registry_mutex

}  // namespace

connection_rate::connection_rate(double per_second, int burst)
    : pace_(per_second, capacity_for(burst)) {}

auto connection_rate::await_turn(const std::stop_token& stop) -> std::optional<clock::time_point> {
    std::unique_lock lock(mutex_);
    waiting_turn self;
    waiting_.push(self);
    wait_in_queue(lock, self, stop);
    waiting_.remove(self);
    changed_.notify_all();
    if (stop.stop_requested()) {
        return std::nullopt;
    }
    const auto now = clock::now();
    pace_.begin(now);
    return now;
}

void connection_rate::wait_in_queue(std::unique_lock<std::mutex>& lock, const waiting_turn& self,
                                    const std::stop_token& stop) {
    const auto is_first = [&] {
        return &waiting_.front() == &self;
    };
    while (!stop.stop_requested()) {
        if (!is_first()) {
            changed_.wait(lock, stop, is_first);
            continue;
        }
        const auto now = clock::now();
        const auto at = pace_.next(now);
        if (at <= now) {
            return;
        }
        changed_.wait_until(lock, stop, at, [this, ended = ended_] { return ended_ != ended; });
    }
}

void connection_rate::end(connect_end how, clock::time_point began) noexcept {
    const std::lock_guard lock(mutex_);
    pace_.end(how, began, clock::now());
    ++ended_;
    changed_.notify_all();
}

void connection_rate::lower_to(double per_second, int burst) noexcept {
    const std::lock_guard lock(mutex_);
    pace_.lower_to(per_second, capacity_for(burst));
}

connect_turn::connect_turn(connection_rate& rate, const std::stop_token& stop)
    : rate_(rate), began_([&] {
          const auto began = rate.await_turn(stop);
          if (!began) {
              throw cancelled_error("the pool was closed while a connection waited for its turn");
          }
          return *began;
      }()) {}

std::shared_ptr<connection_rate> shared_connection_rate(const std::string& host, double per_second,
                                                        int burst) {
    const std::lock_guard lock(registry_mutex);
    for (connection_rate* known = first_rate; known != nullptr; known = known->next_) {
        // Rates of a parent process are skipped: one of its threads may have held their locks at
        // the fork.
        if (known->host_ != host || known->made_in_.is_in_child()) {
            continue;
        }
        if (auto shared = known->weak_from_this().lock()) {
            shared->lower_to(per_second, burst);
            return shared;
        }
    }
    auto made = std::make_shared<connection_rate>(per_second, burst);
    made->enter_registry(host);
    return made;
}

connection_rate::~connection_rate() {
    if (host_.empty()) {
        return;
    }
    const std::lock_guard lock(registry_mutex);
    (previous_ != nullptr ? previous_->next_ : first_rate) = next_;
    if (next_ != nullptr) {
        next_->previous_ = previous_;
    }
}

// Precondition: the caller holds registry_mutex.
void connection_rate::enter_registry(const std::string& host) {
    host_ = host;
    next_ = std::exchange(first_rate, this);
    if (next_ != nullptr) {
        next_->previous_ = this;
    }
}

}  // namespace dsql::detail
