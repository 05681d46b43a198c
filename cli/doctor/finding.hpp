// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dsql_cli::doctor {

/// How a check ended.
enum class outcome {
    ok,
    warning,  ///< usable, but something needs attention
    failed,
    skipped,  ///< not checked; the summary says why
};

/// A value in the JSON report.
using fact_value = std::variant<bool, long long, double, std::string, std::vector<std::string>>;

/// One line of the report. A check makes one or more findings.
struct finding {
    outcome result = outcome::ok;
    std::string summary{};
    /// What to do about it; empty if there is nothing to do.
    std::string advice{};
    std::vector<std::pair<std::string, fact_value>> facts{};
};

using findings = std::vector<finding>;

}  // namespace dsql_cli::doctor
