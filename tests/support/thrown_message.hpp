// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include <concepts>
#include <string>

/// Returns the message of the `Error` that `action` throws; empty if it throws nothing. Fails the
/// test if it throws something else. The message of a `conversion_error` is without the statement,
/// which conversion_context_test.cpp tests.
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
