// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fork_mark.hpp"

#include <atomic>
#include <memory>

namespace dsql::detail {

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
        const fork_mark made_in{};
        T value{};
    };

    std::atomic<node*> current_;  // owned, unless it is a parent's
};

}  // namespace dsql::detail
