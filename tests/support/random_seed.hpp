// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

/// The seed of a randomised test, printed: a new one, or DSQL_TEST_SEED to repeat a run.
inline std::uint64_t random_seed() {
    const char* const given = std::getenv("DSQL_TEST_SEED");
    const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device()();
    std::cout << "DSQL_TEST_SEED=" << seed << '\n';
    return seed;
}
