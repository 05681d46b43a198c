// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <thread>

namespace dsql::detail {

/// A thread that does a piece of work once at its start, then when the time has passed that the
/// work asks for and whenever it is woken. Stops with the object. `wake` and `request_stop` are
/// safe from any thread; `stop` and `let_go` from one at a time.
class maintenance {
public:
    /// `work` returns how long to wait before it is done again. After one that throws, it is done
    /// again a second later.
    explicit maintenance(std::function<std::chrono::milliseconds()> work);
    ~maintenance();
    maintenance(const maintenance&) = delete;
    maintenance& operator=(const maintenance&) = delete;

    /// Does the work soon.
    void wake();

    /// Has the thread end when the work under way is done.
    void request_stop() noexcept;

    /// Ends the thread and waits for it, unless it is the caller's.
    void stop() noexcept;

    /// Ends the thread without waiting for it: that is done when the process exits. For an owner
    /// that goes while the thread may be waiting for it. The work lives as long as the thread.
    void let_go() noexcept;

private:
    struct state;

    static void run(state& shared);

    const std::shared_ptr<state> state_;  // shared with the thread
    std::thread thread_;
};

}  // namespace dsql::detail
