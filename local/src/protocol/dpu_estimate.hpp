// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dsql_local {

/// Returns the DataRow messages with which DSQL's response to EXPLAIN ANALYZE VERBOSE ends: the
/// estimate of DPUs. The numbers are made up, and a line says so. Source:
/// https://docs.aws.amazon.com/aurora-dsql/latest/userguide/understanding-dpus-explain-analyze.html
std::string dpu_estimate_rows();

}  // namespace dsql_local
