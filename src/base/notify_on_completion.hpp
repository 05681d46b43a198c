// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>

namespace dsql::detail {

/// Passed to observers in place of a thrown object that is not a `std::exception`. Only hooks of
/// the program can throw one.
class unknown_exception final : public std::exception {
public:
    [[nodiscard]] const char* what() const noexcept override { return "unknown failure"; }
};

/// Calls `f` and returns its result. Then calls `end` with the exception that `f` has thrown, or
/// null. An observer is notified of the end of an operation in this way.
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
