// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

/// What may fail, in the order in which a program meets it.
enum class stage {
    credentials,
    resolve,
    tcp,
    tls,
    auth,
    startup,
    first_query,
    mid_result,
    mid_stream,
    mid_batch,
    copy_in,
    copy_out,
    before_commit,
    after_commit,
    idle_in_pool
};
inline constexpr std::array<std::string_view, 15> stage_names = {
    "credentials", "resolve",  "tcp",           "tls",          "auth",
    "startup",     "query",    "result",        "stream",       "batch",
    "copy in",     "copy out", "before COMMIT", "after COMMIT", "idle"};

/// How it fails. In the order of `strike_fault`.
inline constexpr std::array<std::string_view, 8> fault_names = {
    "refuse", "reset", "stall", "half-close", "garbage", "truncated", "trickle", "oversize"};

/// When the call must end.
enum class bound {
    at_once,  ///< by itself: its deadline is a minute away
    deadline  ///< by its deadline, which is a fraction of a second away
};

/// Whether a statement of the call may have run, as its error says.
enum class ran { no, maybe };

/// What one face of the library makes of a fault. An empty `error`: the call succeeds.
struct expectation {
    bound by = bound::at_once;
    std::string_view error{};
    ran statement = ran::no;
};

/// One cell. In every cell the next caller is served, and the descriptors, threads and memory are
/// back at the end.
struct cell {
    stage where;
    std::size_t fault;  ///< index of `fault_names`
    expectation blocking{};
    expectation coroutine{};
    std::string_view meaning{};  ///< where the name of the fault does not say enough
};

/// All cells.
[[nodiscard]] const std::vector<cell>& fault_matrix();
