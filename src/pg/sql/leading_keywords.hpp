// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dsql::detail {

/// The first words of a statement in capitals, at most `count`: comments and white space between
/// them do not count, and anything else ends them.
/// Source: PostgreSQL, "Lexical Structure".
[[nodiscard]] std::vector<std::string> leading_keywords(std::string_view statement,
                                                        std::size_t count);

}  // namespace dsql::detail
