// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <atomic>
#include <memory>
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

/// Remembers in which process it was made. Asking is as cheap as reading a variable, which getpid()
/// is not.
class DSQL_EXPORT fork_guard {
public:
    /// Throws `std::system_error` when forks cannot be seen.
    fork_guard();

    /// Whether this is a child of the process it was made in, or a process that is exiting and has
    /// called `disown_all`.
    [[nodiscard]] bool is_in_child() const noexcept {
        return made_at_ != forks.load(std::memory_order_relaxed);
    }

    /// Has all marks that were made so far say what they would in a child.
    static void disown_all() noexcept { forks.fetch_add(1, std::memory_order_relaxed); }

private:
    // Global, because a process forks as a whole: counts the forks that led to this process.
    static std::atomic<unsigned> forks;

    unsigned made_at_;
};

/// A value that each process has for itself. In a forked child a lock of its parent's value may be
/// held, and what it waits for be under way, on a thread that only the parent has; so a child
/// begins with a new value and leaves its parent's alone, as it was. Safe from any thread.
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

    /// This process's. Throws what the value's constructor does.
    [[nodiscard]] T& get() {
        node* known = current_.load(std::memory_order_acquire);
        if (!known->made_in.is_in_child()) [[likely]] {
            return known->value;
        }
        auto fresh = std::make_unique<node>();
        // Unless another thread of this child was faster.
        return current_.compare_exchange_strong(known, fresh.get()) ? fresh.release()->value
                                                                    : known->value;
    }

    /// This process's; null in a child that has not asked for it yet.
    [[nodiscard]] T* find() noexcept {
        node* const known = current_.load(std::memory_order_acquire);
        return known->made_in.is_in_child() ? nullptr : &known->value;
    }

private:
    struct node {
        const fork_guard made_in{};
        T value{};
    };

    std::atomic<node*> current_;  // owned, unless it is a parent's
};

}  // namespace dsql::detail
