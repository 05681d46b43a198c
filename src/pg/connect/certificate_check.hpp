// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connect/server_fault.hpp"

struct ssl_st;
struct x509_store_ctx_st;

namespace dsql::pg {

/// Called by OpenSSL with the result of each check of a certificate. Returns that result.
using verify_callback = int (*)(int succeeded, x509_store_ctx_st* context);

/// Makes the handshake of `tls` itself check what libpq would check only after it, and what libpq
/// would accept: the certificate has `host` among its alternative names (the common name does not
/// count), and keys, signatures and ciphers have at least OpenSSL's security level 2, whatever
/// `OPENSSL_CONF` says. Every failed check is then reported to `callback`. Call it before the
/// server's certificate arrives. Returns false if there is no memory.
/// Source: OpenSSL, SSL_set1_host, SSL_set_hostflags, SSL_set_security_level; RFC 6125, 6.4.4.
[[nodiscard]] bool require_certificate(ssl_st* tls, const char* host,
                                       verify_callback callback) noexcept;

/// Whether a completed handshake has verified a certificate with `host` among its alternative
/// names. For a handshake that was over before `require_certificate` could be called.
[[nodiscard]] bool has_verified(ssl_st* tls, const char* host) noexcept;

/// Ends the use of the callback: puts the one of libpq, which was set before, in its place. OpenSSL
/// has no way to remove one, and would call it when the server begins another handshake.
/// Source: OpenSSL, SSL_set_verify; a null callback leaves the one that is set.
void restore_callback(ssl_st* tls, verify_callback of_libpq) noexcept;

/// Returns why a check of a certificate has failed. Names in the text are shortened, and have no
/// control characters. If there is no memory for the text, it is empty.
[[nodiscard]] server_fault certificate_fault(x509_store_ctx_st* context, const char* host) noexcept;

/// Whether memory ran out while the certificate of the server or of a trusted authority was read.
/// OpenSSL then takes neither the server nor the authority for what it is. To be called in the
/// callback of a failed check.
[[nodiscard]] bool has_lost_certificate(x509_store_ctx_st* context) noexcept;

}  // namespace dsql::pg
