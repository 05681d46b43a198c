// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor/doctor.hpp"
#include "doctor/finding.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql_cli::doctor {

/// A finding with the name of its check.
using named_finding = std::pair<std::string, finding>;

/// The whole report as a JSON document; docs/command.md has its form.
[[nodiscard]] std::string json_report(const std::vector<named_finding>& all,
                                      const std::optional<failure>& first);

}  // namespace dsql_cli::doctor
