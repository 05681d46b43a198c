// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include "aws/profiles/shared_files.hpp"

#include <string>

namespace dsql::detail {

/// The keys of a profile in the shared files.
/// Throws `credentials_error` when the profile or one of its keys is missing.
[[nodiscard]] credentials read_profile_credentials(const std::string& profile);

/// The `region` of a profile; empty when there is no such profile or it names none.
[[nodiscard]] std::string read_profile_region(const std::string& profile);

}  // namespace dsql::detail
