// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pool/pooled_entry.hpp"

#include <cstddef>
#include <span>
#include <utility>

namespace dsql::detail {

/// Connections that are out of the pool and have not reached their owner. Whatever happens on the
/// way, those that were not claimed go back, or are closed if they cannot be used any more.
class unclaimed_entries {
public:
    /// Both outlive this.
    unclaimed_entries(connection_pool_engine& pool, std::span<pooled_entry*> entries) noexcept
        : pool_(pool), entries_(entries) {}
    ~unclaimed_entries() {
        for (pooled_entry* const entry : entries_) {
            if (entry != nullptr) {
                pool_.reject(entry, kept_, found_dead_);
            }
        }
    }
    unclaimed_entries(const unclaimed_entries&) = delete;
    unclaimed_entries& operator=(const unclaimed_entries&) = delete;

    /// They are closed if they are not claimed.
    void close(bool found_dead = false) noexcept {
        kept_ = false;
        found_dead_ = found_dead;
    }

    /// The caller is the owner from here on.
    [[nodiscard]] pooled_entry* claim(std::size_t index = 0) noexcept {
        return std::exchange(entries_[index], nullptr);
    }

private:
    connection_pool_engine& pool_;
    const std::span<pooled_entry*> entries_;
    bool kept_ = true;
    bool found_dead_ = false;
};

}  // namespace dsql::detail
