// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/pool.hpp>

#include "load/load_ledger.hpp"
#include "load/load_options.hpp"
#include "load/rejected_rows.hpp"
#include "load/target_table.hpp"

#include <string>

namespace dsql_cli::load {

/// What the loads of several files share. All of it is borrowed.
struct load_context {
    const load_options& options;
    dsql::pool& pool;
    load_ledger& ledger;
    const target_table& table;
    rejected_rows& rejected;
};

/// Loads a file, or goes on with its load. Returns when all of it is in the table. Throws
/// std::runtime_error for a file that is wrong as a whole, or that has changed since its load
/// began, `too_many_rejected`, and what `dsql::transact` throws; what was loaded then stays, and is
/// recorded.
[[nodiscard]] load_result load_file(const load_context& context, const std::string& path);

}  // namespace dsql_cli::load
