// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

namespace dsql_local {

/// Finds the folder with `initdb` and `postgres`: `named` if given, else the one that `pg_config`
/// prints, else the newest in /usr/lib/postgresql. Throws std::runtime_error, which says what to
/// install, if there is none.
std::filesystem::path find_postgres_binaries(const std::optional<std::filesystem::path>& named);

}  // namespace dsql_local
