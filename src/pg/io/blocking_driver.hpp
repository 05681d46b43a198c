// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/io/deadline.hpp"
#include "pg/io/operation.hpp"

#include <chrono>
#include <optional>
#include <stop_token>

namespace dsql::pg {

/// How a wait ended.
enum class wait_result { ready, timed_out, stopped };

/// Runs an operation to its end on the calling thread, waiting with `poll(2)`.
/// `longest_wait` limits each single wait, on top of `until`, which limits all of it.
/// Returns `ready` when it is done, `timed_out` or `stopped` when the caller has to give it up;
/// throws what a step throws.
[[nodiscard]] wait_result run(operation& work, const deadline& until, const std::stop_token& stop,
                              const std::stop_token& other_stop = {},
                              std::optional<std::chrono::milliseconds> longest_wait = {});

}  // namespace dsql::pg
