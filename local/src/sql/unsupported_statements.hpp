// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/statement_words.hpp"

#include <string>

namespace dsql_local {

/// The message of the 0A000 by which DSQL refuses a statement about row locks, foreign keys or
/// rights on the schema `public`; empty: it takes it, or it is about something else, of which
/// everything is let through. As of autumn 2026.
/// https://docs.aws.amazon.com/aurora-dsql/latest/userguide/working-with-concurrency-control.html
std::string find_unsupported_statement(const statement_words& words);

}  // namespace dsql_local
