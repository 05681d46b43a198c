// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>

struct pg_conn;
struct ssl_st;

namespace dsql::pg {

/// How much one step of an operation may still transfer, in each direction. libpq reads a long
/// message as fast as it arrives and does not return before the network is slower than it, so a
/// single call of PQconsumeInput could last for all of a row of 1 GiB. When the budget is used up,
/// TLS reports to libpq that the network is not ready. The operation then returns to its driver,
/// which looks at the clock and takes the next step.
///
/// The constructor begins a step on this thread, the destructor ends it. Outside a step nothing is
/// limited. A step inside another one, in the notice handler, has a budget of its own.
class step_budget {
public:
    step_budget() noexcept : outer_(std::exchange(current_, this)) {}
    ~step_budget() { current_ = outer_; }
    step_budget(const step_budget&) = delete;
    step_budget& operator=(const step_budget&) = delete;

    /// The budget of the step that this thread takes; null outside a step.
    [[nodiscard]] static step_budget* current() noexcept { return current_; }

    [[nodiscard]] bool may_read() const noexcept { return unread_ > 0; }
    [[nodiscard]] bool may_write() const noexcept { return unwritten_ > 0; }
    void note_read(std::size_t bytes) noexcept { unread_ -= bytes < unread_ ? bytes : unread_; }
    void note_written(std::size_t bytes) noexcept {
        unwritten_ -= bytes < unwritten_ ? bytes : unwritten_;
    }

private:
    // A fraction of a millisecond. The costs of a step are small against it.
    static constexpr std::size_t most_bytes = 262'144;

    static inline thread_local step_budget* current_ = nullptr;

    step_budget* const outer_;
    std::size_t unread_ = most_bytes;
    std::size_t unwritten_ = most_bytes;
};

/// Makes the TLS of a connection keep to `step_budget`. Without TLS, nothing is limited.
void keep_to_step_budget(pg_conn* handle) noexcept;
/// The same for the TLS of a connection whose handshake begins.
void keep_to_step_budget(ssl_st* tls) noexcept;

/// Ends that, for a program that calls functions of libpq itself.
void ignore_step_budget(pg_conn* handle) noexcept;

}  // namespace dsql::pg
