// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor/doctor.hpp"
#include "doctor/finding.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql_cli::doctor {

/// "ok", "warning", "failed" or "skipped".
[[nodiscard]] std::string_view to_string(outcome result);

/// The column of a `format_line` at which the summary begins.
constexpr std::size_t summary_column = 22;

/// Formats a finding as one line of the text report: result, check, summary and, after "->", the
/// advice.
[[nodiscard]] std::string format_line(std::string_view check, const finding& found);

/// Adds the color of `result` to a `format_line`.
[[nodiscard]] std::string colorize(std::string line, outcome result);

/// Whether to color the report: standard output is a terminal with colors and `NO_COLOR` is not
/// set. Source: no-color.org.
[[nodiscard]] bool use_colors();

/// The name of a check and one of its findings.
using check_finding = std::pair<std::string, finding>;

/// Formats the whole report as a JSON document. docs/command.md describes its format.
[[nodiscard]] std::string json_report(const std::vector<check_finding>& all,
                                      const std::optional<failed_check>& first);

}  // namespace dsql_cli::doctor
