// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace dsql_local {

/// The part of cluster_schema_sql() about jobs: sys.jobs, sys.wait_for_job(), the procedures that
/// replace `CREATE INDEX ASYNC` and `ALTER TABLE ASYNC`, and the function that `job_runner` calls.
///
/// The procedure makes an index that is not unique, with the rights of its caller, and marks it as
/// invalid. The job marks it as valid; if it is to be unique, it first tries to build a second
/// index that is. So readers never wait for a job. A constraint is checked by the procedure, with
/// the rights of its caller, and marked as valid by the job.
std::string_view job_schema_sql();

}  // namespace dsql_local
