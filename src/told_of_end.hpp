// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>

namespace dsql::detail {

/// Calls `f` and returns what it does; `end` is told of the failure it threw, or null: the second
/// half of what an observer sees of an operation.
template <class F, class End>
auto told_of_end(F f, End end) {
    try {
        auto answer = f();
        end(nullptr);
        return answer;
    } catch (const std::exception& failure) {
        end(&failure);
        throw;
    }
}

}  // namespace dsql::detail
