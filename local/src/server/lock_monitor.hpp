// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/conflict_ledger.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace dsql_local {

/// Finds out which session keeps another one waiting in PostgreSQL, because it has locked a row or
/// a key, and records that as a conflict. If the holder of the lock is idle within its transaction,
/// asks its session to give way. Looks at PostgreSQL's locks only while a session has waited for an
/// answer for some milliseconds. Sources:
/// https://www.postgresql.org/docs/15/view-pg-locks.html, pg_blocking_pids() in
/// https://www.postgresql.org/docs/15/functions-info.html
class lock_monitor {
public:
    using clock = std::chrono::steady_clock;

    /// What the monitor knows about a session. The session's thread writes, the monitor's reads.
    class watched_session {
    public:
        /// `give_way` is called in the monitor's thread, with the transaction that should.
        watched_session(lock_monitor& monitor, std::uint32_t backend_pid,
                        std::function<void(transaction_id)> give_way);
        ~watched_session();
        watched_session(const watched_session&) = delete;
        watched_session& operator=(const watched_session&) = delete;

        /// Call it when the session's transaction or its state changes: `waits` says whether
        /// PostgreSQL owes an answer; `holds` whether the session may hold locks of rows.
        void update(transaction_id transaction, bool waits, bool holds);

    private:
        friend lock_monitor;

        lock_monitor& monitor_;
        std::function<void(transaction_id)> give_way_;
        std::uint32_t backend_pid_;
        std::atomic<transaction_id> transaction_ = 0;
        std::atomic<clock::rep> waiting_since_ = 0;  // 0: PostgreSQL owes nothing
        bool holds_ = false;
    };

    /// Connects to PostgreSQL through `socket`. The ledger must outlive the monitor. Throws
    /// std::runtime_error.
    lock_monitor(std::filesystem::path socket, conflict_ledger& ledger);

    /// All sessions must have ended.
    ~lock_monitor();

    lock_monitor(const lock_monitor&) = delete;
    lock_monitor& operator=(const lock_monitor&) = delete;

    /// Starts the monitor's thread, so child processes must be forked before. Call it once, before
    /// there are sessions.
    void start();

private:
    using process_pair = std::pair<std::uint32_t, std::uint32_t>;  // who waits, for whom

    void run();
    bool sleep_until_needed();
    void wake_if_needed();
    bool has_waited(clock::duration least);
    std::vector<process_pair> find_waits();
    std::map<std::uint32_t, transaction_id> transactions();
    bool settle(const std::vector<process_pair>& waits,
                const std::map<std::uint32_t, transaction_id>& before);

    std::filesystem::path socket_;
    conflict_ledger& ledger_;
    std::atomic<int> waiting_ = 0;
    std::atomic<int> holding_ = 0;
    std::atomic<bool> is_asleep_ = false;
    std::mutex mutex_;  // protects the members below
    std::condition_variable wake_;
    std::map<std::uint32_t, watched_session*> sessions_;
    bool is_stopped_ = false;
    std::unique_ptr<class control_connection> connection_;  // of the monitor's thread
    std::thread thread_;                                    // last: it uses the others
};

}  // namespace dsql_local
