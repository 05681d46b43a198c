// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <utility>

namespace dsql::detail {

/// Owns an open file descriptor, or none (-1).
class file_descriptor {
public:
    file_descriptor() = default;
    explicit file_descriptor(int value) noexcept : value_(value) {}
    file_descriptor(file_descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
    file_descriptor& operator=(file_descriptor&& other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    ~file_descriptor() { reset(); }

    [[nodiscard]] int get() const noexcept { return value_; }
    [[nodiscard]] bool is_open() const noexcept { return value_ >= 0; }
    void reset() noexcept {
        if (is_open()) {
            close(std::exchange(value_, -1));
        }
    }

private:
    int value_ = -1;
};

}  // namespace dsql::detail
