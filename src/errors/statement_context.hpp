// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/source_location.hpp>

#include "base/text.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace dsql::detail {

/// Formats a value for a message: on one line, and cut when it is long, because messages go to
/// logs.
[[nodiscard]] inline std::string excerpt(std::string_view value) {
    constexpr std::size_t longest = 64;
    const std::string text = harmless(truncate_utf8(value, longest), '?');
    return value.size() > longest ? text + "... (" + std::to_string(value.size()) + " bytes)"
                                  : text;
}

/// Shortens the reason of an error. A codec may have built it from a long value.
[[nodiscard]] inline std::string shortened_reason(std::string_view why) {
    return shortened(why, 1000);
}

/// Returns the end of an error message: the statement, on one line and cut when it is long, and the
/// place in the program that ran it. Empty when neither is known.
[[nodiscard]] inline std::string statement_context(std::string_view sql,
                                                   const source_location& where) {
    constexpr std::size_t longest = 500;
    std::string text;
    if (!sql.empty()) {
        text += " [statement: ";
        text += harmless(truncate_utf8(sql, longest), ' ');
        text += sql.size() > longest ? "...]" : "]";
    }
    if (where.line() != 0) {
        text += std::string(" [at ") + where.file_name() + ":" + std::to_string(where.line()) +
                " in " + where.function_name() + "]";
    }
    return text;
}

}  // namespace dsql::detail
