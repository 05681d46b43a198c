// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <string>

namespace dsql {

/// What to give a libpq as `sslrootcert`. This library's own connections do so by themselves; it is
/// for programs that bring a token to a libpq of their own.
///
/// `file`: a PEM file of the authorities to trust, as `endpoint::ssl_root_cert` has it, which is
/// returned as it is; empty or "system" for the system's trust store. That is "system" where the
/// libpq `supports_system` (16 and later: an older one takes the word for a file's name) and
/// OpenSSL has a default store, else the file in SSL_CERT_FILE or the first bundle found where
/// Debian, Fedora and Amazon Linux, Alpine and macOS keep theirs.
///
/// Throws `config_error` when the file cannot be read, is no regular file of at most 16 MiB, or
/// holds no certificates or others than whole ones, and when no store is found. A file that
/// SSL_CERT_FILE names has to be readable as well. A directory in SSL_CERT_DIR without a file in it
/// is an error where nothing else would be trusted. Thread-safe, as long as no other thread changes
/// the environment. Source: PostgreSQL, "Database Connection Control Functions", sslrootcert.
[[nodiscard]] DSQL_EXPORT std::string root_certificate(const std::string& file,
                                                       bool supports_system);

}  // namespace dsql
