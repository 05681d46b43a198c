// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

namespace dsql::pg {

/// Counts the transactions, streams and COPYs that use a session, and stores the action for when
/// the last of them is gone. Not synchronized: a session belongs to one thread at a time.
class session_pins {
public:
    /// The action for when the last pin is gone: a function and its argument, because it must not
    /// allocate.
    struct action {
        void (*call)(void* argument) noexcept = nullptr;
        void* argument = nullptr;

        void operator()() const noexcept {
            if (call != nullptr) {
                call(argument);
            }
        }
    };

    /// Whether the session is in use.
    [[nodiscard]] bool any() const noexcept { return count_ != 0; }

    void add() noexcept { ++count_; }

    /// Removes a pin. Returns the action that the caller has to call, which does nothing unless
    /// this was the last pin.
    [[nodiscard]] action remove() noexcept {
        return --count_ == 0 ? std::exchange(when_gone_, {}) : action{};
    }

    /// Defers an action until the last pin is gone. Returns false, and does nothing, when there is
    /// no pin to wait for, or another action waits already.
    [[nodiscard]] bool defer(const action& when_gone) noexcept {
        if (count_ == 0 || when_gone_.call != nullptr) {
            return false;
        }
        when_gone_ = when_gone;
        return true;
    }

private:
    int count_ = 0;
    action when_gone_{};
};

}  // namespace dsql::pg
