// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dsql_cli {

/// The psql that is first in PATH. Throws std::runtime_error, with how to install it, when there is
/// none.
[[nodiscard]] std::string find_psql();

/// Its major version, by `--version`; 0 when it does not say. Its libpq is of that version, or of a
/// later one.
[[nodiscard]] int psql_major_version(const std::string& program);

}  // namespace dsql_cli
