// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/credentials.hpp>

#include "aws/providers/foreign_function.hpp"

#include <memory>
#include <string>

namespace dsql::aws {

/// A provider whose callers can give up. All providers of this library derive from it.
class limited_provider : public credentials_provider {
public:
    /// Returns credentials as `get` does. Throws `cancelled_error` or `timeout_error` when a limit
    /// is reached first; other callers that wait for these credentials are not affected.
    [[nodiscard]] virtual credentials get_within(const call_limits& limits) = 0;

    /// Describes what a caller is waiting for at the moment, for messages.
    [[nodiscard]] virtual std::string activity() const = 0;

    /// Whether `get` always returns at once. Its callers then need no limits.
    [[nodiscard]] virtual bool never_waits() const noexcept { return false; }
};

/// Gets credentials from any provider within limits. A provider of the program cannot be
/// interrupted, so it is called as a `foreign_function`. Thread-safe.
class provider_access {
public:
    /// Precondition: `provider` is not null. This object keeps it alive, and so does a call that
    /// all callers have given up.
    explicit provider_access(std::shared_ptr<credentials_provider> provider);

    /// @see limited_provider::get_within
    [[nodiscard]] credentials get(const call_limits& limits) const;
    /// @see limited_provider::activity
    [[nodiscard]] std::string activity() const;
    /// Whether `get` always returns at once. False for a provider of the program.
    [[nodiscard]] bool never_waits() const noexcept;

    [[nodiscard]] credentials_provider& provider() const noexcept { return *provider_; }

private:
    std::shared_ptr<credentials_provider> provider_;
    limited_provider* limited_;              // null for a provider of the program
    foreign_function<credentials> foreign_;  // used when limited_ is null
};

}  // namespace dsql::aws
