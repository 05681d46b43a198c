// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/observer.hpp>
#include <dsql/source_location.hpp>

#include "pg/io/call_control.hpp"
#include "pg/io/deadline.hpp"
#include "pool/pool_access.hpp"

#include <chrono>
#include <memory>
#include <optional>

namespace dsql::detail {

/// What `pool::acquire` does, as an operation. It waits in the same queue. What may block, such as
/// a ping or the hook `prepare_connection`, runs on a thread of the pool.
class acquire_in_steps {
public:
    /// The limits, the place and the control outlive it.
    acquire_in_steps(std::shared_ptr<pool_access::implementation> from, const call_limits& limits,
                     const source_location& where, pg::call_control& control);
    /// Gives up, if it has not ended.
    acquire_in_steps(const acquire_in_steps&) = delete;
    acquire_in_steps& operator=(const acquire_in_steps&) = delete;
    ~acquire_in_steps();

    /// Returns whether it has ended; if not, call it again after the control was woken, or at
    /// `step_by`. Throws what `pool::acquire` throws.
    [[nodiscard]] bool step();
    [[nodiscard]] pg::deadline step_by() const;

    /// The connection; call it once, after the end.
    [[nodiscard]] pooled_connection take() noexcept;

private:
    using engine_operation = connection_pool_engine::acquire_operation;
    struct check;

    [[nodiscard]] bool advance();
    void begin_round();
    void begin_check();
    void pause_for_thread();
    /// Whether the connection that was checked may be used.
    [[nodiscard]] bool end_check();

    /// The limits, and that of `acquire_timeout`.
    [[nodiscard]] call_limits bounded() const;
    [[nodiscard]] std::chrono::steady_clock::time_point pause_end() const;
    /// Throws if a limit has been reached during a check.
    void require_in_time() const;

    const std::shared_ptr<pool_access::implementation> pool_;
    const call_limits& limits_;
    const source_location& where_;
    pg::call_control& control_;
    acquire_history history_{};
    std::optional<observer::span> span_{};
    std::chrono::steady_clock::time_point round_{};
    std::optional<engine_operation> waiting_{};
    std::shared_ptr<check> checking_{};            // shared with the thread that checks
    std::unique_ptr<pg::wake_on_stop> on_stop_{};  // during a check, and the pause after it
    std::optional<std::chrono::steady_clock::time_point> paused_until_{};
    connection_slot* entry_ = nullptr;
};

}  // namespace dsql::detail
