// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include <concepts>
#include <string>

/// The message of the `Error` that `action` throws; "" when it throws none, and the test's failure
/// when it throws something else. A `conversion_error`'s is without the statement, which
/// conversion_context_test.cpp looks at.
template <class Error, class Action>
std::string thrown_message(Action&& action) {
    try {
        static_cast<void>(action());
    } catch (const Error& thrown) {
        if constexpr (std::same_as<Error, dsql::conversion_error>) {
            return thrown.dsql::error::what();
        } else {
            return thrown.what();
        }
    }
    return {};
}
