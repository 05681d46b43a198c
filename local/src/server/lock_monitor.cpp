// SPDX-License-Identifier: Apache-2.0
#include "server/lock_monitor.hpp"

#include "postgres/control_connection.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>

namespace dsql_local {
namespace {

using namespace std::chrono_literals;

// The time that a session waits before the monitor looks for the reason, and the most time between
// two looks as long as there is none.
constexpr auto first_look = 3ms;
constexpr auto longest_pause = 50ms;

// Locks of rows, of keys, and of rows that are being inserted with ON CONFLICT. Others, as those
// for extending a table, are no conflicts.
constexpr const char* waits_query =
    "SELECT waiting.pid, unnest(pg_blocking_pids(waiting.pid)) FROM pg_locks AS waiting "
    "WHERE NOT granted AND locktype IN ('transactionid', 'tuple', 'spectoken')";

}  // namespace

lock_monitor::watched_session::watched_session(lock_monitor& monitor, std::uint32_t backend_pid,
                                               std::function<void(transaction_id)> give_way)
    : monitor_(monitor), give_way_(std::move(give_way)), backend_pid_(backend_pid) {
    const std::lock_guard lock(monitor_.mutex_);
    // The process of a session that is about to end may already be gone, and its number be reused.
    monitor_.sessions_[backend_pid_] = this;
}

lock_monitor::watched_session::~watched_session() {
    update(0, false, false);
    const std::lock_guard lock(monitor_.mutex_);
    const auto found = monitor_.sessions_.find(backend_pid_);
    if (found != monitor_.sessions_.end() && found->second == this) {
        monitor_.sessions_.erase(found);
    }
}

void lock_monitor::watched_session::update(transaction_id transaction, bool waits, bool holds) {
    transaction_ = transaction;
    const bool waited = waiting_since_ != 0;
    if (waits != waited) {
        waiting_since_ = waits ? clock::now().time_since_epoch().count() : 0;
        monitor_.waiting_ += waits ? 1 : -1;
    }
    if (holds != holds_) {
        holds_ = holds;
        monitor_.holding_ += holds ? 1 : -1;
    }
    monitor_.wake_if_needed();
}

lock_monitor::lock_monitor(std::filesystem::path socket, conflict_ledger& ledger)
    : socket_(std::move(socket)),
      ledger_(ledger),
      connection_(std::make_unique<control_connection>(socket_)) {}

lock_monitor::~lock_monitor() {
    {
        const std::lock_guard lock(mutex_);
        is_stopped_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void lock_monitor::start() {
    thread_ = std::thread([this] { run(); });
}

// There is nothing to find unless one session waits and another one holds locks.
void lock_monitor::wake_if_needed() {
    if (is_asleep_ && waiting_ > 0 && holding_ > 0) {
        const std::lock_guard lock(mutex_);
        wake_.notify_all();
    }
}

// Returns false if the monitor is stopped.
bool lock_monitor::sleep_until_needed() {
    std::unique_lock lock(mutex_);
    is_asleep_ = true;
    wake_.wait(lock, [this] { return is_stopped_ || (waiting_ > 0 && holding_ > 0); });
    is_asleep_ = false;
    return !wake_.wait_for(lock, first_look, [this] { return is_stopped_; });
}

void lock_monitor::run() {
    auto pause = clock::duration(first_look);
    auto next_look = clock::now();
    while (sleep_until_needed()) {
        if (!has_waited(first_look)) {
            pause = first_look;
            continue;
        }
        if (clock::now() < next_look) {
            continue;
        }
        try {
            const auto before = transactions();
            pause = settle(find_waits(), before)
                        ? clock::duration(first_look)
                        : std::min(2 * pause, clock::duration(longest_pause));
        } catch (const std::exception& error) {
            std::fprintf(stderr, "dsql-local: cannot look at PostgreSQL's locks: %s\n",
                         error.what());
            connection_.reset();
            pause = longest_pause;
        }
        next_look = clock::now() + pause;
    }
}

bool lock_monitor::has_waited(clock::duration least) {
    const clock::rep latest = (clock::now() - least).time_since_epoch().count();
    const std::lock_guard lock(mutex_);
    return std::any_of(sessions_.begin(), sessions_.end(), [latest](const auto& entry) {
        const clock::rep since = entry.second->waiting_since_;
        return since != 0 && since <= latest;
    });
}

std::vector<lock_monitor::process_pair> lock_monitor::find_waits() {
    if (!connection_) {
        connection_ = std::make_unique<control_connection>(socket_);
    }
    std::vector<process_pair> waits;
    for (const auto& row : connection_->query(waits_query)) {
        waits.emplace_back(std::stoul(row.at(0)), std::stoul(row.at(1)));
    }
    return waits;
}

std::map<std::uint32_t, transaction_id> lock_monitor::transactions() {
    std::map<std::uint32_t, transaction_id> now;
    const std::lock_guard lock(mutex_);
    for (const auto& [pid, watched] : sessions_) {
        now.emplace(pid, watched->transaction_);
    }
    return now;
}

// Records the conflicts, and asks the holders of locks that are idle to give way. A session that
// has begun another transaction since `before` may not be the one that PostgreSQL told of. Returns
// whether there was a conflict.
bool lock_monitor::settle(const std::vector<process_pair>& waits,
                          const std::map<std::uint32_t, transaction_id>& before) {
    bool has_found = false;
    const std::lock_guard lock(mutex_);
    const auto find = [&](std::uint32_t pid) -> watched_session* {
        const auto now = sessions_.find(pid);
        const auto then = before.find(pid);
        const bool is_same = now != sessions_.end() && then != before.end() && then->second != 0 &&
                             now->second->transaction_ == then->second;
        return is_same ? now->second : nullptr;
    };
    for (const auto& [waiter, holder] : waits) {
        const watched_session* const waiting = find(waiter);
        const watched_session* const holding = find(holder);
        if (waiting == nullptr || holding == nullptr) {
            continue;
        }
        has_found = true;
        ledger_.add_conflict(waiting->transaction_, holding->transaction_);
        if (holding->waiting_since_ == 0) {
            holding->give_way_(holding->transaction_);
        }
    }
    return has_found;
}

}  // namespace dsql_local
