// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

namespace dsql::detail {

/// A value that a move resets, so that an object that was moved from refers to nothing.
template <class T>
struct reset_by_move {
    reset_by_move() noexcept = default;
    reset_by_move(reset_by_move&& other) noexcept : value(std::exchange(other.value, T())) {}
    reset_by_move& operator=(reset_by_move&& other) noexcept {
        const T moved = std::exchange(other.value, T());
        value = moved;  // last: it may be assigned to itself
        return *this;
    }
    ~reset_by_move() = default;

    T value{};
};

}  // namespace dsql::detail
