// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor/finding.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace dsql_cli::doctor {

/// "ok", "warning", "failed" or "skipped".
[[nodiscard]] std::string_view word_for(outcome result);

/// Where the summary begins in a `text_line`.
constexpr std::size_t summary_column = 22;

/// A finding as one line, for people: result, check, summary and, after "->", what to do.
[[nodiscard]] std::string text_line(std::string_view check, const finding& found);

/// A `text_line` with the colour of its result.
[[nodiscard]] std::string with_colour(std::string line, outcome result);

/// Whether standard output wants colours: a terminal that has them, and `NO_COLOR` not set.
/// Source: no-color.org.
[[nodiscard]] bool wants_colours();

}  // namespace dsql_cli::doctor
