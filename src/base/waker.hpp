// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dsql::detail {

/// Wakes a caller that waits for something. It is an interface, so that a caller need not block a
/// thread while it waits.
class waker {
public:
    waker() = default;
    waker(const waker&) = delete;
    waker& operator=(const waker&) = delete;
    virtual ~waker() = default;

    /// Lets the waiting caller look again. Thread-safe while the object lives. May be called with a
    /// lock held, so it must neither block nor call what it waits for.
    virtual void wake() noexcept = 0;
};

}  // namespace dsql::detail
