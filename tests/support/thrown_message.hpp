// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// The message of the `Error` that `action` throws; "" when it throws none, and the test's failure
/// when it throws something else.
template <class Error, class Action>
std::string thrown_message(Action&& action) {
    try {
        static_cast<void>(action());
    } catch (const Error& thrown) {
        return thrown.what();
    }
    return {};
}
