// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql_cli::grant {

/// Checks that a text is the ARN of an IAM role or user, to which `AWS IAM GRANT` grants a database
/// role. Returns what is wrong with it and what would be right; an empty text if it is one.
/// Source: IAM User Guide, "IAM identifiers".
[[nodiscard]] std::string check_identity_arn(std::string_view arn);

}  // namespace dsql_cli::grant
