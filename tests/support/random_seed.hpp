// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

/// Returns and prints the seed of a randomized test: DSQL_TEST_SEED if set, to repeat a run, else a
/// new one.
inline std::uint64_t random_seed() {
    const char* const given = std::getenv("DSQL_TEST_SEED");
    const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device()();
    std::cout << "DSQL_TEST_SEED=" << seed << '\n';
    return seed;
}
