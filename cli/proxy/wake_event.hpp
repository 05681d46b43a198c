// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy/unique_fd.hpp"

namespace dsql_cli::proxy {

/// An event for threads that wait with `poll` or epoll: a descriptor that becomes readable when the
/// event is set. Thread-safe.
class wake_event {
public:
    /// Throws std::system_error.
    wake_event();

    /// Sets the event. Async-signal-safe.
    void set() const noexcept;

    /// Clears the event.
    void clear() const noexcept;

    /// Readable while the event is set.
    [[nodiscard]] int descriptor() const noexcept { return fd_.get(); }

private:
    unique_fd fd_;
};

}  // namespace dsql_cli::proxy
