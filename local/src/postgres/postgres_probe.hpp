// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace dsql_local {

/// Whether the PostgreSQL server at this Unix socket accepts a login of `superuser_name`. Takes at
/// most one second.
bool accepts_connections(const std::filesystem::path& socket);

}  // namespace dsql_local
