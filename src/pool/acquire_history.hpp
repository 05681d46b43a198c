// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace dsql::detail {

/// What an acquire has done so far that takes several rounds, because its caller could not use what
/// it got: for the text of its error.
struct acquire_history {
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
    int replaced = 0;  ///< connections that `prepare_connection` had replaced
    int dead = 0;      ///< connections that did not answer a ping
};

}  // namespace dsql::detail
