// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dsql::pg {

/// libpq's `sslrootcert` for a configured file, or for the system's trust store when `file` is
/// empty or "system": "system" where libpq and OpenSSL know it, else the first bundle found where
/// Debian, Fedora and Amazon Linux, Alpine and macOS keep theirs. Throws `config_error` when the
/// file cannot be read, or no store is found.
[[nodiscard]] std::string root_certificate(const std::string& file);

}  // namespace dsql::pg
