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

/// The table in which `transact_idempotent` records what has been done, with one row for each key.
/// A plain value. Names are taken literally, including upper and lower case; the library quotes
/// them.
struct idempotency_ledger {
    /// Empty: the search path decides.
    std::string schema{};
    /// The table's name.
    std::string table = "dsql_idempotency_ledger";
};

/// Creates the ledger's table unless it exists: `key text PRIMARY KEY`, `attempt uuid`,
/// `applied_at timestamptz`. Runs in a transaction of its own, as DSQL requires for DDL. Conflicts
/// are tried again. Throws `config_error` for an empty name, and what `execute_with_retry` throws.
DSQL_EXPORT void create_ledger(pool& target, const idempotency_ledger& ledger = {},
                               const call_limits& limits = {},
                               source_location where = source_location::current());

/// Deletes keys that are older than `age` (from 0 to a century), in transactions of 1 000 rows
/// each, and returns how many. A deleted key can be applied again, so `age` has to be longer than
/// the longest time after which a call is repeated. Throws `config_error` for an age out of range
/// or an empty name, and what `execute_with_retry` throws.
DSQL_EXPORT std::int64_t prune_ledger(pool& target, std::chrono::seconds age,
                                      const idempotency_ledger& ledger = {},
                                      const call_limits& limits = {},
                                      source_location where = source_location::current());

}  // namespace dsql
