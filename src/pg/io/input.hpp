// SPDX-License-Identifier: Apache-2.0
#pragma once

struct pg_conn;

namespace dsql::pg {

/// Reads what has come in, without blocking: PQconsumeInput, again as long as TLS has decrypted
/// more than libpq took, because that is not to be seen at the socket any more.
/// Returns false when the connection is broken.
[[nodiscard]] bool consume_input(pg_conn* handle) noexcept;

/// Whether TLS has decrypted more than libpq has taken.
[[nodiscard]] bool tls_pending(pg_conn* handle) noexcept;

}  // namespace dsql::pg
