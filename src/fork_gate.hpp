// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <mutex>

namespace dsql::detail {

/// While one of these lives, a fork by another thread waits.
///
/// A child process has only the thread that forked. A lock that another thread held at that moment
/// stays locked in it for ever: ours, libpq's around the initialization of TLS, OpenSSL's own, and
/// what it guarded may be half changed. So whatever takes such a lock that a child may need does it
/// inside this gate: briefly, and never while it waits for something other than the processor or
/// another thread inside.
///
/// Threads do not wait for each other here. May be nested. Safe from any thread.
class DSQL_EXPORT fork_gate {
public:
    fork_gate() noexcept { enter(); }
    ~fork_gate() { leave(); }
    fork_gate(const fork_gate&) = delete;
    fork_gate& operator=(const fork_gate&) = delete;

    static void enter() noexcept;
    static void leave() noexcept;
};

/// A mutex that no other thread holds at a fork. For what is held briefly.
class fork_safe_mutex {
public:
    constexpr fork_safe_mutex() noexcept = default;
    fork_safe_mutex(const fork_safe_mutex&) = delete;
    fork_safe_mutex& operator=(const fork_safe_mutex&) = delete;

    void lock() {
        fork_gate::enter();
        mutex_.lock();
    }
    void unlock() {
        mutex_.unlock();
        fork_gate::leave();
    }

private:
    std::mutex mutex_;
};

}  // namespace dsql::detail
