// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fork_gate.hpp"

#include <mutex>
#include <string>
#include <utility>

namespace dsql::detail {

/// What a fetch is waiting for at the moment, for the message of whoever gives up. Safe from any
/// thread.
class activity {
public:
    explicit activity(std::string what) : what_(std::move(what)) {}

    void set(std::string what) {
        const std::lock_guard lock(mutex_);
        what_ = std::move(what);
    }
    [[nodiscard]] std::string get() const {
        const std::lock_guard lock(mutex_);
        return what_;
    }

private:
    mutable fork_safe_mutex mutex_;  // a provider is used on in a child
    std::string what_;               // guarded by mutex_
};

}  // namespace dsql::detail
