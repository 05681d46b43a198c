// SPDX-License-Identifier: Apache-2.0
#include "base/fork_guard.hpp"

#include <pthread.h>

#include <atomic>
#include <new>

namespace dsql::detail {

namespace {

// The number of threads inside the gate, and whether one is forking or about to. Global, because a
// process forks as a whole.
constinit std::atomic<unsigned> gate_state = 0;
constexpr unsigned forking = 1U << 31U;
// How often this thread has entered. Only the first entry counts: a nested one must not wait for a
// fork that waits for the first.
constinit thread_local unsigned gate_depth = 0;

unsigned own_entries() noexcept {
    return gate_depth > 0 ? 1 : 0;
}

// Closes the gate, then waits until no other thread is inside.
void before_fork() noexcept {
    unsigned seen = gate_state.load();
    while ((seen & forking) != 0 || !gate_state.compare_exchange_weak(seen, seen | forking)) {
        if ((seen & forking) != 0) {
            gate_state.wait(seen);
            seen = gate_state.load();
        }
    }
    for (seen = gate_state.load(); seen != (forking | own_entries()); seen = gate_state.load()) {
        gate_state.wait(seen);
    }
}

void after_fork_in_parent() noexcept {
    gate_state.fetch_and(~forking);
    gate_state.notify_all();
}

void after_fork_in_child() noexcept {
    gate_state = own_entries();
}

// When the library is loaded: see fork_guard.cpp. Without it all works but for forks.
[[maybe_unused]] const int fork_gate_failure = pthread_atfork(
    [] { before_fork(); }, [] { after_fork_in_parent(); }, [] { after_fork_in_child(); });

// Initialized when the library is loaded, not on first use: a function-local variable that another
// thread is initializing during a fork would stay locked in the child forever. Atomic, because an
// object with static lifetime may start threads before.
constinit std::atomic<bool> lacks_fork_mark = false;
[[maybe_unused]] const bool has_fork_mark = [] {
    lacks_fork_mark = pthread_atfork(nullptr, nullptr, [] { fork_guard::disown_all(); }) != 0;
    return !lacks_fork_mark;
}();

}  // namespace

void fork_gate::enter() noexcept {
    if (gate_depth++ > 0) {
        return;
    }
    unsigned seen = gate_state.load(std::memory_order_relaxed);
    while (true) {
        if ((seen & forking) != 0) {
            gate_state.wait(seen, std::memory_order_relaxed);
            seen = gate_state.load(std::memory_order_relaxed);
        } else if (gate_state.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire)) {
            return;
        }
    }
}

void fork_gate::leave() noexcept {
    if (--gate_depth > 0) {
        return;
    }
    if ((gate_state.fetch_sub(1, std::memory_order_release) & forking) != 0) {
        gate_state.notify_all();
    }
}

bool fork_gate::is_inside() noexcept {
    return gate_depth > 0;
}

bool fork_gate::is_in_use() noexcept {
    return (gate_state & ~forking) != 0;
}

constinit std::atomic<unsigned> fork_guard::forks = 0;

fork_guard::fork_guard() : made_at_(forks.load(std::memory_order_relaxed)) {
    if (lacks_fork_mark.load(std::memory_order_relaxed)) {
        throw std::bad_alloc();  // the only reason that pthread_atfork fails for
    }
}

}  // namespace dsql::detail
