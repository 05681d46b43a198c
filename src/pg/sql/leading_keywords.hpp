// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dsql::detail {

/// Returns the first keywords of a statement in upper case, at most `count` of them. Comments and
/// white space between them are skipped; anything else ends the list.
/// Source: PostgreSQL, "Lexical Structure".
[[nodiscard]] std::vector<std::string> leading_keywords(std::string_view statement,
                                                        std::size_t count);

}  // namespace dsql::detail
