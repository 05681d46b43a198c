// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <memory>

namespace dsql {

namespace pg {
class session;
}

namespace detail {

/// Pins a session for a transaction, a stream or a COPY: the session stays alive and, if it belongs
/// to a pool, out of that pool until its last pin is gone. Belongs to the session's thread.
class DSQL_EXPORT session_pin {
public:
    /// Pins nothing.
    session_pin() noexcept = default;
    /// Pins a session, which is not null.
    explicit session_pin(std::shared_ptr<pg::session> pinned) noexcept;
    /// Pins the same session once more.
    session_pin(const session_pin& other) noexcept;
    session_pin(session_pin&& other) noexcept = default;
    session_pin& operator=(session_pin other) noexcept;
    ~session_pin() { reset(); }

    /// Unpins the session. The last pin of a session whose pooled handle was released before gives
    /// the session back to its pool.
    void reset() noexcept;

    /// Whether a session is pinned.
    [[nodiscard]] explicit operator bool() const noexcept { return session_ != nullptr; }
    /// The pinned session. Precondition: there is one.
    [[nodiscard]] pg::session& operator*() const noexcept { return *session_; }
    /// The pinned session. Precondition: there is one.
    [[nodiscard]] pg::session* operator->() const noexcept { return session_.get(); }

private:
    std::shared_ptr<pg::session> session_{};
};

}  // namespace detail

}  // namespace dsql
