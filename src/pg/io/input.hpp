// SPDX-License-Identifier: Apache-2.0
#pragma once

struct pg_conn;

namespace dsql::pg {

/// Reads all available input without blocking. Calls PQconsumeInput as long as TLS holds decrypted
/// data, because poll(2) cannot see that data. Returns false when the connection is broken.
[[nodiscard]] bool consume_input(pg_conn* handle) noexcept;

/// Whether TLS holds decrypted data that libpq has not read.
[[nodiscard]] bool tls_pending(pg_conn* handle) noexcept;

}  // namespace dsql::pg
