// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scarcity/world.hpp"
#include "support/shortage.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// What came of the failures of one use.
struct sweep_result {
    std::uint64_t requests = 0;   ///< that the use makes when none fails
    std::uint64_t failed = 0;     ///< requests that were made to fail, one in each run
    std::uint64_t succeeded = 0;  ///< runs that succeeded all the same
    std::map<std::string, std::uint64_t> errors{};  ///< by class, as documented
    std::vector<std::string> complaints{};          ///< crashes, hangs, what is not documented
};

/// Lets one request of a use fail after the other: all of them, or about `most` of them, chosen by
/// `seed`. Each failure happens in a child process, so a crash or a hang is one more complaint.
/// The calling process must have one thread only.
[[nodiscard]] sweep_result sweep(const scarce_use& use, shortage::resource what, std::uint64_t most,
                                 std::uint64_t seed);
