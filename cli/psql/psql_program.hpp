// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dsql_cli {

/// Returns the first psql in PATH. Throws std::runtime_error, which says how to install it, if
/// there is none.
[[nodiscard]] std::string find_psql();

/// Returns the major version that `program --version` prints; 0 if it prints none. The libpq that
/// psql uses has this version or a later one.
[[nodiscard]] int psql_major_version(const std::string& program);

}  // namespace dsql_cli
