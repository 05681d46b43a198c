// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dsql {

/// What an operation in steps waits for before its next step.
enum class wait_for {
    readable,              ///< its socket is readable
    writable,              ///< its socket is writable
    readable_or_writable,  ///< its socket is one of both
    wakeup,                ///< a call of the function that was given to `on_wakeup`
    done,                  ///< nothing: it has ended
};

}  // namespace dsql
