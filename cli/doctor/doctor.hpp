// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor/doctor_context.hpp"
#include "doctor/finding.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace dsql_cli::doctor {

/// What the first failure was.
struct failure {
    std::string check{};
    int exit_status = 0;
    std::string summary{};
    std::string advice{};
};

/// Told of each finding, with the name of its check, as soon as it is there.
using listener = std::function<void(std::string_view check, const finding& found)>;

/// Runs all checks in their order. One that relies on another that has failed is skipped. Returns
/// the first failure, if there was one. Throws only what `told` does.
[[nodiscard]] std::optional<failure> examine(const request& asked, const listener& told);

/// The table of exit statuses, for --help and the manual: a line for each check.
[[nodiscard]] std::string exit_status_text();

}  // namespace dsql_cli::doctor
