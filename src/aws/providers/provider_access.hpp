// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/credentials.hpp>

#include "aws/providers/foreign_function.hpp"

#include <memory>
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

/// Asks any provider for credentials within limits: one of the library's own, or one of the
/// program's, which cannot be interrupted; see `foreign_function`. Safe from any thread.
class provider_access {
public:
    /// `provider` is not null. It is kept alive, by a call that was left to itself as well.
    explicit provider_access(std::shared_ptr<credentials_provider> provider);

    /// @see limited_provider::get_within
    [[nodiscard]] credentials get(const call_limits& limits) const;
    [[nodiscard]] std::string activity() const;
    [[nodiscard]] bool never_waits() const noexcept;

    [[nodiscard]] credentials_provider& provider() const noexcept { return *provider_; }

private:
    std::shared_ptr<credentials_provider> provider_;
    limited_provider* limited_;              // null: one of the program's
    foreign_function<credentials> foreign_;  // for that
};

}  // namespace dsql::detail
