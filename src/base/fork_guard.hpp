// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <atomic>
#include <memory>
#include <mutex>

namespace dsql::detail {

/// While an object of this class lives, a fork by another thread waits.
///
/// A child process has only the thread that forked. A lock that another thread held at that moment
/// stays locked in the child forever, and what it guards may be half changed. This concerns our
/// locks, libpq's lock around the initialization of TLS, and OpenSSL's locks. So code that takes
/// such a lock enters this gate first. It must stay inside only briefly, and must not wait there
/// for anything but the processor or another thread that is inside.
///
/// Threads inside do not wait for each other. Gates may be nested. Thread-safe.
class DSQL_EXPORT fork_gate {
public:
    fork_gate() noexcept { enter(); }
    ~fork_gate() { leave(); }
    fork_gate(const fork_gate&) = delete;
    fork_gate& operator=(const fork_gate&) = delete;

    static void enter() noexcept;
    static void leave() noexcept;
    /// Whether the calling thread is inside, so that no other thread can fork now.
    [[nodiscard]] static bool is_inside() noexcept;
    /// Whether any thread is inside.
    [[nodiscard]] static bool is_in_use() noexcept;
};

/// A mutex that no other thread holds while the process forks. Hold it only briefly.
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

/// Remembers in which process it was created. A check costs no more than reading a variable,
/// whereas getpid() is a system call.
class DSQL_EXPORT fork_guard {
public:
    /// Throws `std::bad_alloc` when the handler of forks could not be registered.
    fork_guard();

    /// Whether the current process is a child of the one that created the object, or has called
    /// `disown_all` because it is exiting.
    [[nodiscard]] bool is_in_child() const noexcept {
        return made_at_ != forks.load(std::memory_order_relaxed);
    }

    /// Makes all existing guards report that they are in a child.
    static void disown_all() noexcept { forks.fetch_add(1, std::memory_order_relaxed); }

private:
    // Counts the forks that led to this process. Global, because a process forks as a whole.
    static std::atomic<unsigned> forks;

    unsigned made_at_;
};

/// A value of which each process has its own. In a forked child, the parent's value may be locked,
/// or be waiting for a thread that exists only in the parent. So a child starts with a new value
/// and never touches the parent's. Thread-safe.
template <class T>
class per_process {
public:
    per_process() : current_(new node) {}
    per_process(const per_process&) = delete;
    per_process& operator=(const per_process&) = delete;
    ~per_process() {
        node* const known = current_.load();
        if (!known->made_in.is_in_child()) {
            const std::unique_ptr<node> last(known);
        }
    }

    /// Returns this process's value, which is created on first use. Throws what the value's
    /// constructor throws.
    [[nodiscard]] T& get() {
        node* known = current_.load(std::memory_order_acquire);
        if (!known->made_in.is_in_child()) [[likely]] {
            return known->value;
        }
        auto fresh = std::make_unique<node>();
        // Another thread of this child may have been faster.
        return current_.compare_exchange_strong(known, fresh.get()) ? fresh.release()->value
                                                                    : known->value;
    }

    /// Returns this process's value; null in a child that has not created one yet.
    [[nodiscard]] T* find() noexcept {
        node* const known = current_.load(std::memory_order_acquire);
        return known->made_in.is_in_child() ? nullptr : &known->value;
    }

private:
    struct node {
        const fork_guard made_in{};
        T value{};
    };

    std::atomic<node*> current_;  // owned, unless the parent process created it
};

}  // namespace dsql::detail
