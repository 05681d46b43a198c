// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <ostream>
#include <string_view>

namespace dsql_cli::proxy {

/// The log of a proxy: one line for each event, with the time in UTC and the number of the session.
/// It never gets secrets, statements or values. Thread-safe.
class proxy_log {
public:
    /// `to` must stay alive, and nothing else may write to it at the same time.
    explicit proxy_log(std::ostream& to) noexcept : to_(to) {}

    /// Writes a line about a session.
    void session(std::uint64_t number, std::string_view event);

    /// Writes a line about the proxy itself.
    void event(std::string_view text);

private:
    std::mutex mutex_;
    std::ostream& to_;  // guarded by mutex_
};

}  // namespace dsql_cli::proxy
