// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dsql_cli {

/// What to give libpq as `sslrootcert`, by the rules of the library: the file itself, or for the
/// system's store "system" where libpq `knows_system` (16 and later), else the file of a bundle.
/// Throws std::runtime_error when there is no store, or the file cannot be read.
[[nodiscard]] std::string root_certificate(const std::string& configured, bool knows_system);

}  // namespace dsql_cli
