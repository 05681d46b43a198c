// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/statement_words.hpp"

#include <string>

namespace dsql_local {

/// The message of the 0A000 that DSQL answers a statement with which asks for another isolation
/// level than its only one, REPEATABLE READ, or for a time limit that it does not have. Empty:
/// none.
std::string find_unsupported_setting(const statement_words& words);

}  // namespace dsql_local
