// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/arguments.hpp>
#include <dsql/detail/owned_statement.hpp>
#include <dsql/detail/statement_origin.hpp>

#include "pg/io/frame_cache.hpp"

#include <utility>

namespace dsql::pg {

/// The encoded values of a statement that was kept, in memory of a session. A statement that waits
/// for its connection does without. The statement and the session must outlive it.
class bound_statement {
public:
    /// Nothing is bound.
    bound_statement() noexcept = default;
    /// Throws `conversion_error`, which names the statement.
    bound_statement(const detail::kept_statement& of, frame_cache* memory)
        : of_(&of), memory_(frame_cache::allocate(of.bound_size(), memory)) {
        try {
            view_ = detail::naming_statement(of_->sql(), [&] { return of_->bind(memory_); });
        } catch (...) {
            frame_cache::deallocate(memory_);
            throw;
        }
    }
    bound_statement(bound_statement&& other) noexcept
        : of_(other.of_), memory_(std::exchange(other.memory_, nullptr)), view_(other.view_) {}
    bound_statement& operator=(bound_statement&& other) noexcept {
        std::swap(of_, other.of_);
        std::swap(memory_, other.memory_);
        std::swap(view_, other.view_);
        return *this;
    }
    bound_statement(const bound_statement&) = delete;
    bound_statement& operator=(const bound_statement&) = delete;
    ~bound_statement() {
        if (memory_ != nullptr) {
            of_->unbind(memory_);
            frame_cache::deallocate(memory_);
        }
    }

    [[nodiscard]] const detail::argument_view& view() const noexcept { return view_; }

private:
    const detail::kept_statement* of_ = nullptr;
    void* memory_ = nullptr;  // null if nothing is bound
    detail::argument_view view_{};
};

}  // namespace dsql::pg
