// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/statement_words.hpp"

#include <string>

namespace dsql_local {

/// Returns the message of DSQL's error 0A000 for a statement that sets an isolation level other
/// than REPEATABLE READ or a time-out that DSQL does not have. Empty for other statements.
std::string find_unsupported_setting(const statement_words& words);

/// Returns the message of DSQL's error 0A000 for an unsupported statement about row locks, foreign
/// keys or privileges on the schema `public`. Empty for supported and for all other statements.
/// Describes DSQL as of November 2026. Source:
/// https://docs.aws.amazon.com/aurora-dsql/latest/userguide/working-with-concurrency-control.html
std::string find_unsupported_statement(const statement_words& words);

}  // namespace dsql_local
