// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// Returns the name of a prepared statement that does not exist. Executing it fails, and the error
/// message contains the name, from which find_forced_error_number() reads the number.
std::string forced_error_statement(std::uint64_t number);

/// Returns SQL that fails when it is parsed, unless the transaction is aborted, which is the error
/// that it has then. `statement` is the name of a forced_error_statement().
std::string failing_parse_sql(std::string_view statement);

/// Returns SQL that rolls back the current transaction with an error: PREPARE TRANSACTION with an
/// identifier that is too long. PostgreSQL checks its length only when it is about to commit.
std::string failing_commit_sql(std::uint64_t number);

/// Returns the number in the message of a forced error; std::nullopt for any other message.
std::optional<std::uint64_t> find_forced_error_number(std::string_view message);

}  // namespace dsql_local
