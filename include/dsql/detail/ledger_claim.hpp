// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/export.hpp>
#include <dsql/idempotency_ledger.hpp>
#include <dsql/source_location.hpp>
#include <dsql/transaction.hpp>
#include <dsql/uuid.hpp>

#include <optional>
#include <string_view>

namespace dsql::detail {

/// Throws `config_error` for a key that cannot be one: empty, or longer than 1 000 bytes.
DSQL_EXPORT void check_ledger_key(std::string_view key);

/// Notes the key in the transaction as done by `attempt`; or returns which attempt has done it.
[[nodiscard]] DSQL_EXPORT std::optional<uuid> claim_key(transaction& running,
                                                        const idempotency_ledger& ledger,
                                                        std::string_view key, const uuid& attempt,
                                                        source_location where);

/// Throws for a call that ends while a COMMIT of it is without an answer.
[[noreturn]] DSQL_EXPORT void throw_commit_in_doubt(const error& end);

}  // namespace dsql::detail
