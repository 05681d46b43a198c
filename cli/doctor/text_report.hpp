// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor/finding.hpp"

#include <string>
#include <string_view>

namespace dsql_cli::doctor {

/// "ok", "warning", "failed" or "skipped".
[[nodiscard]] std::string_view word_for(outcome result);

/// A finding as one line, for people: result, check, summary and, behind "->", what to do.
[[nodiscard]] std::string text_line(std::string_view check, const finding& found, bool coloured);

/// Whether standard output wants colours: a terminal that has them, and `NO_COLOR` not set.
/// Source: no-color.org.
[[nodiscard]] bool wants_colours();

}  // namespace dsql_cli::doctor
