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
    warning,  ///< it works, but not as well as it could
    failed,
    skipped,  ///< not looked at, as the summary says
};

/// Something measured or found, for programs to read.
using fact_value = std::variant<bool, long long, double, std::string, std::vector<std::string>>;

/// One line of the report. A check has one or more.
struct finding {
    outcome result = outcome::ok;
    std::string summary{};
    /// What to do about it; empty where there is nothing to do.
    std::string advice{};
    std::vector<std::pair<std::string, fact_value>> facts{};
};

using findings = std::vector<finding>;

}  // namespace dsql_cli::doctor
