// SPDX-License-Identifier: Apache-2.0
#include "examples/run_example.hpp"
#include "support/fault_injection.hpp"

#include <gtest/gtest.h>

namespace {

TEST(OccRetry, MovesMoneyOnce) {
    expect_output(run_example("occ_retry"), {"applied\n", "sum 200, retries 0\n"});
    expect_output(run_example("occ_retry"), {"had been applied before\n", "sum 200, retries 0\n"});
}

TEST(OccRetry, CountsItsRetries) {
    const fault_injection faults;
    faults.set("data-conflict times=2");
    expect_output(run_example("occ_retry"), {"sum 200, retries 2\n"});
}

TEST(OccRetry, SaysWhatIsMissing) {
    expect_error(run_example("occ_retry", "-u CLUSTER_ENDPOINT"), "Set CLUSTER_ENDPOINT to ");
}

TEST(OccRetry, SaysWhyItCannotLogIn) {
    expect_error(run_example("occ_retry", "AWS_SECRET_ACCESS_KEY=wrong"), "access denied");
}

}  // namespace
