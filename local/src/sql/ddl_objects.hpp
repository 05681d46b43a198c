// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/statement_words.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {

/// The relations that DDL makes, changes or drops, without their schemas; for an index, the table
/// it is on. Empty where the text does not begin the way such DDL does.
std::vector<std::string> find_ddl_objects(const statement_words& words);

/// The position after the keywords that begin at `index`, in any order and number.
std::size_t skip_words(const statement_words& words, std::size_t index,
                       std::initializer_list<std::string_view> keywords);

/// The names of a list with commas, without their schemas.
std::vector<std::string> read_names(const statement_words& words, std::size_t index);

/// After the position of an object's name, gives that of what follows it: `a`, `a.b` or "a"."b".
/// `index` is returned where there is no name.
std::size_t skip_qualified_name(const statement_words& words, std::size_t index);

}  // namespace dsql_local
