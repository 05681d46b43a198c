// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dsql::pg {

// Everything that differs between the libpq versions we run on (15, 17, 18), one function per
// difference. Decided at run time by the library that is loaded, not by the headers at build time:
// a parameter the library does not know is a failed connect.

/// `sslnegotiation=direct` (PostgreSQL 17).
[[nodiscard]] bool knows_direct_tls() noexcept;
/// `require_auth` (PostgreSQL 16).
[[nodiscard]] bool knows_require_auth() noexcept;
/// `sslcertmode` (PostgreSQL 16).
[[nodiscard]] bool knows_ssl_cert_mode() noexcept;
/// `sslrootcert=system` (PostgreSQL 16).
[[nodiscard]] bool knows_system_trust_store() noexcept;

}  // namespace dsql::pg
