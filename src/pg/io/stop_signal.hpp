// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <stop_token>

namespace dsql::pg {

/// Makes stop requests visible to `poll(2)`: a descriptor that becomes readable with the first of
/// two tokens. Costs nothing for tokens that can never be stopped.
class stop_signal {
public:
    /// Throws `std::system_error` when no pipe can be made.
    explicit stop_signal(const std::stop_token& stop, const std::stop_token& other = {});
    ~stop_signal();
    stop_signal(const stop_signal&) = delete;
    stop_signal& operator=(const stop_signal&) = delete;

    /// Readable once stopped; -1 when that cannot happen.
    [[nodiscard]] int descriptor() const noexcept { return ends_[0]; }

private:
    using callback = std::stop_callback<std::function<void()>>;

    int ends_[2] = {-1, -1};
    std::optional<callback> callback_;
    std::optional<callback> other_callback_;
};

}  // namespace dsql::pg
