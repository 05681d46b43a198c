// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor/finding.hpp"

#include <exception>
#include <string>

namespace dsql_cli::doctor {

/// What has gone wrong with a statement on an open session, and what to do about it.
/// `doing` says what it was, for example "SELECT 1".
[[nodiscard]] finding of_statement_failure(const std::string& doing, const std::exception& failure);

}  // namespace dsql_cli::doctor
