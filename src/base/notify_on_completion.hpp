// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>

namespace dsql::detail {

/// What stands for something thrown that is no `std::exception`, by a hook of the program's.
class unknown_exception final : public std::exception {
public:
    [[nodiscard]] const char* what() const noexcept override { return "unknown failure"; }
};

/// Calls `f` and returns what it does; `end` is told of the failure it threw, or null: the second
/// half of what an observer sees of an operation.
template <class F, class End>
auto notify_on_completion(F f, End end) {
    try {
        auto answer = f();
        end(nullptr);
        return answer;
    } catch (const std::exception& failure) {
        end(&failure);
        throw;
    } catch (...) {
        const unknown_exception failure;
        end(&failure);
        throw;
    }
}

}  // namespace dsql::detail
