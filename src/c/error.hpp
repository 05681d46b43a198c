// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace dsql::detail {

/// An argument of a function of the C interface is not allowed.
class invalid_argument : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

/// Returns the status for the exception that is being handled. Describes it in `*error`, unless
/// `error` is null: by a constant if there is no memory for a description.
[[nodiscard]] dsql_status report_exception(dsql_error** error) noexcept;

/// Runs the work of a function of the C interface. No exception leaves it, and `*error` tells of
/// the one that was thrown.
template <class F>
[[nodiscard]] dsql_status run_for_c(dsql_error** error, F work) noexcept {
    if (error != nullptr) {
        *error = nullptr;
    }
    try {
        work();
        return DSQL_OK;
    } catch (...) {
        return report_exception(error);
    }
}

/// Throws `invalid_argument` if a pointer is null. `name` is that of the parameter.
template <class T>
T& require(T* pointer, const char* name) {
    if (pointer == nullptr) {
        throw invalid_argument(std::string("the argument ").append(name).append(" is NULL"));
    }
    return *pointer;
}

/// Like `require`, for a result, which is set to `none` in case the function fails.
template <class T>
T& require_result(T* pointer, const char* name, T none = T()) {
    T& result = require(pointer, name);
    result = std::move(none);
    return result;
}

}  // namespace dsql::detail
