// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/explain_dpu.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace explain_dpu_test {

// Source of the format: Aurora DSQL User Guide, "Understanding DPUs in EXPLAIN ANALYZE".
std::vector<std::string> plan_with(std::vector<std::string> more) {
    std::vector<std::string> lines{"Result  (cost=0.00..0.01 rows=1 width=4)",
                                   "Query Identifier: 1234", "Planning Time: 0.038 ms",
                                   "Execution Time: 0.117 ms"};
    lines.insert(lines.end(), more.begin(), more.end());
    return lines;
}

TEST(DpuEstimate, IsReadFromThePlan) {
    const dsql::dpu_estimate estimate = dsql::parse_dpu_estimate(
        plan_with({"Statement DPU Estimate:", "  Compute: 0.01607 DPU", "  Read: 0.04312 DPU",
                   "  Write: 0.00000 DPU", "  Total: 0.05919 DPU"}));
    EXPECT_DOUBLE_EQ(estimate.compute, 0.01607);
    EXPECT_DOUBLE_EQ(estimate.read, 0.04312);
    EXPECT_DOUBLE_EQ(estimate.write, 0);
    EXPECT_DOUBLE_EQ(estimate.total, 0.05919);
    EXPECT_FALSE(estimate.multi_region_write);
    EXPECT_NE(estimate.plan.find("Planning Time: 0.038 ms\n"), std::string::npos);
    EXPECT_NE(estimate.plan.find("  Total: 0.05919 DPU\n"), std::string::npos);
}

TEST(DpuEstimate, OfSeveralRegionsIncludesTheirWrites) {
    const dsql::dpu_estimate estimate = dsql::parse_dpu_estimate(
        plan_with({"Statement DPU Estimate:", "  Compute: 1 DPU", "  Read: 2.5 DPU",
                   "  Write: 1e-3 DPU", "  MultiRegionWrite: 0.001 DPU", "  Total: 3.502 DPU"}));
    EXPECT_DOUBLE_EQ(estimate.multi_region_write.value_or(-1), 0.001);
    EXPECT_DOUBLE_EQ(estimate.write, 0.001);
}

TEST(DpuEstimate, APlanWithoutEstimateIsAnError) {
    EXPECT_THROW(static_cast<void>(dsql::parse_dpu_estimate(plan_with({}))), dsql::error);
    EXPECT_THROW(static_cast<void>(dsql::parse_dpu_estimate({})), dsql::error);
}

TEST(DpuEstimate, AMalformedNumberIsAnError) {
    EXPECT_THROW(static_cast<void>(dsql::parse_dpu_estimate(
                     plan_with({"Statement DPU Estimate:", "  Compute: much DPU"}))),
                 dsql::error);
}

}  // namespace explain_dpu_test
