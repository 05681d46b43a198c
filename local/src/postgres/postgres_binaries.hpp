// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

namespace dsql_local {

/// The folder that holds `initdb` and `postgres`: `named` when given, else what `pg_config` says,
/// else the newest under /usr/lib/postgresql.
/// Throws std::runtime_error, saying what to install, when there is none.
std::filesystem::path find_postgres_binaries(const std::optional<std::filesystem::path>& named);

}  // namespace dsql_local
