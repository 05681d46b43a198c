// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor/doctor_context.hpp"
#include "doctor/finding.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace dsql_cli::doctor {

/// The first check that failed.
struct failed_check {
    std::string check{};
    int exit_status = 0;
    std::string summary{};
    std::string advice{};
};

/// Receives each finding, with the name of its check, as soon as it is made.
using finding_callback = std::function<void(std::string_view check, const finding& found)>;

/// Runs all checks in order and skips those that need a check that failed. Returns the first check
/// that failed, if any. Throws only what `on_finding` throws.
[[nodiscard]] std::optional<failed_check> run_checks(const check_options& options,
                                                     const finding_callback& on_finding);

/// Lists the exit statuses for --help and the manual page, one line per check.
[[nodiscard]] std::string format_exit_statuses();

}  // namespace dsql_cli::doctor
