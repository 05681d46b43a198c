// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace dsql_local {

/// Limits the open connections as an Aurora DSQL cluster does. Owned by shared pointers.
/// Thread-safe.
class connection_count : public std::enable_shared_from_this<connection_count> {
public:
    /// The right to one connection, until the last copy is destroyed.
    using slot = std::shared_ptr<void>;

    /// Allows `most` connections at once; 0 means no limit.
    explicit connection_count(std::uint32_t most) : most_(most) {}

    /// Takes a slot. Returns null if none is free.
    slot admit() {
        if (++open_ > most_ && most_ > 0) {
            --open_;
            return nullptr;
        }
        return {this, [self = shared_from_this()](void*) {
                    --self->open_;
                }};
    }

private:
    const std::uint32_t most_;
    std::atomic<std::uint32_t> open_ = 0;
};

}  // namespace dsql_local
