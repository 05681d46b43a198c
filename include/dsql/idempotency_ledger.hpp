// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/export.hpp>
#include <dsql/source_location.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace dsql {

class pool;

/// The table in which `transact_idempotent` notes what has been done: a row for each key. A plain
/// value. Names are taken as they are, upper and lower case included; quoting is done here.
struct idempotency_ledger {
    /// Empty: the search path decides.
    std::string schema{};
    /// The table's name.
    std::string table = "dsql_idempotency_ledger";
};

/// Creates the ledger's table unless it is there: `key text PRIMARY KEY`, `attempt uuid`,
/// `applied_at timestamptz`. A transaction of its own, as DSQL demands of DDL; conflicts are tried
/// again. Throws as `execute_with_retry` does, and `config_error` for an empty name.
DSQL_EXPORT void create_ledger(pool& used, const idempotency_ledger& ledger = {},
                               const call_limits& limits = {},
                               source_location where = source_location::current());

/// Forgets keys that are older than `age`, from 0 to a century, in transactions of 1 000 rows each,
/// and returns how many. A key that is forgotten can be applied again: `age` has to be longer than
/// anybody would repeat a call. Throws as `execute_with_retry` does, and `config_error`.
DSQL_EXPORT std::int64_t prune_ledger(pool& used, std::chrono::seconds age,
                                      const idempotency_ledger& ledger = {},
                                      const call_limits& limits = {},
                                      source_location where = source_location::current());

}  // namespace dsql
