// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/io/deadline.hpp"
#include "pg/io/operation.hpp"

#include <chrono>
#include <optional>
#include <stop_token>

namespace dsql::pg {

/// Runs an operation to its end on the calling thread, waiting with `poll(2)`. `until` limits the
/// whole operation; `longest_wait` additionally limits each single wait. Returns `ready` when the
/// operation is done, and `timed_out` or `stopped` when a limit was reached first. Throws what a
/// step throws.
[[nodiscard]] wait_result run(operation& work, const deadline& until, const std::stop_token& stop,
                              const std::stop_token& other_stop = {},
                              std::optional<std::chrono::milliseconds> longest_wait = {});

}  // namespace dsql::pg
