// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace dsql_local {

/// Does the PostgreSQL server behind this Unix socket let `admin` in already?
/// Takes a second at most.
bool lets_clients_in(const std::filesystem::path& socket);

}  // namespace dsql_local
