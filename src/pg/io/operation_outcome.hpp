// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/wait_for.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace dsql::pg {

/// The result or the error of an operation, until it is taken.
template <class T>
class operation_outcome {
public:
    /// Returns what `step` returns. If it throws, keeps the exception and returns `done`.
    template <class Step>
    wait_for attempt(Step step) noexcept {
        try {
            return step();
        } catch (...) {
            failure_ = std::current_exception();
            return wait_for::done;
        }
    }
    /// Keeps what a function returns.
    template <class Function>
    void take_from(Function function) {
        if constexpr (std::is_void_v<T>) {
            function();
            value_.emplace(true);
        } else {
            value_.emplace(function());
        }
    }

    /// Returns the result or throws the error. Throws `error` if there is neither.
    T take() {
        if (failure_) {
            std::rethrow_exception(std::exchange(failure_, nullptr));
        }
        if (!value_) {
            throw error("the operation has no result: it has not ended, or its result was taken");
        }
        auto taken = *std::exchange(value_, std::nullopt);
        if constexpr (!std::is_void_v<T>) {
            return taken;
        }
    }

private:
    std::optional<std::conditional_t<std::is_void_v<T>, bool, T>> value_{};
    std::exception_ptr failure_{};
};

}  // namespace dsql::pg
