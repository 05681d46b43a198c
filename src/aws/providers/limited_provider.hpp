// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/credentials.hpp>

#include <string>

namespace dsql::detail {

/// A provider whose callers can give up. The library's own providers are such.
class limited_provider : public credentials_provider {
public:
    /// As `get`. Throws `cancelled_error` or `timeout_error` when a limit strikes first; others who
    /// wait for the same credentials go on waiting.
    [[nodiscard]] virtual credentials get_within(const call_limits& limits) = 0;

    /// What a caller waits for at the moment, for messages.
    [[nodiscard]] virtual std::string activity() const = 0;

    /// Whether `get` always returns at once, so that its callers need no limits.
    [[nodiscard]] virtual bool never_waits() const noexcept { return false; }
};

}  // namespace dsql::detail
