// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace dsql::detail {

/// Keeps one token while it is good and has one thread make the next. Safe from any thread.
class token_cache {
public:
    using clock = std::chrono::system_clock;
    using shared_token = std::shared_ptr<const std::string>;

    /// A token and the span of wall-clock time in which it may be handed out.
    struct entry {
        shared_token token{};
        clock::time_point not_before{};
        clock::time_point reuse_until{};
    };

    /// `make` makes a new token; it is never called twice at once.
    explicit token_cache(std::function<entry()> make);

    /// The token that is good at `now`, or a new one, or what `make` throws: the same for all who
    /// waited for it.
    [[nodiscard]] shared_token get(clock::time_point now);

    /// Forgets the token. One that is being made right now is kept.
    void invalidate() noexcept;

private:
    [[nodiscard]] bool is_good(clock::time_point now) const noexcept;
    [[nodiscard]] shared_token make_and_share(std::promise<shared_token>& promise);

    const std::function<entry()> make_;
    std::mutex mutex_;
    entry current_;                                              // guarded by mutex_
    std::optional<std::shared_future<shared_token>> in_flight_;  // guarded by mutex_
};

}  // namespace dsql::detail
