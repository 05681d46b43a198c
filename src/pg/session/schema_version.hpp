// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace dsql::pg {

/// Counts the changes of the schema by the connections of a pool, so that each of them can tell
/// when its prepared statements may be out of date. Thread-safe.
class schema_version {
public:
    [[nodiscard]] std::uint64_t current() const noexcept {
        return count_.load(std::memory_order_relaxed);
    }
    /// Counts a change.
    void advance() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> count_ = 0;
};

}  // namespace dsql::pg
