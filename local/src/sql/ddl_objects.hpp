// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/statement_words.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {

/// Returns the names, without schemas, of the relations that DDL creates, changes or drops; for an
/// index, the name of its table. Empty for other statements.
std::vector<std::string> find_ddl_objects(const statement_words& words);

/// Returns the position after any sequence of `keywords` that begins at `index`.
std::size_t skip_words(const statement_words& words, std::size_t index,
                       std::initializer_list<std::string_view> keywords);

/// Reads a list of names that are separated by commas. Returns them without schemas.
std::vector<std::string> read_names(const statement_words& words, std::size_t index);

/// Returns the position after the name at `index`, which may be qualified or quoted: `a`, `a.b` or
/// "a"."b". Returns `index` if there is no name.
std::size_t skip_qualified_name(const statement_words& words, std::size_t index);

}  // namespace dsql_local
