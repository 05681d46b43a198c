// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/config.hpp>
#include <dsql/export.hpp>

#include <string>

namespace dsql {

/// Where a config leads once identifier, region and environment have been worked out.
struct endpoint {
    std::string host{};           ///< full name, lower case: for SNI, certificate and token
    std::string region{};         ///< AWS region
    int port = 5432;              ///< 1 to 65535
    std::string host_address{};   ///< numeric address to connect to; empty: look `host` up
    std::string ssl_root_cert{};  ///< PEM file; empty: the system's trust store
};

/// Works out the endpoint of a config, reading `AWS_REGION`, `AWS_DEFAULT_REGION`,
/// `DSQL_HOST_ADDRESS`, `DSQL_PORT`, `DSQL_SSL_ROOT_CERT` and, when nothing else names the region,
/// the profile's `region` in the shared AWS files. Looks nothing up in the network.
/// Throws `config_error`, and `credentials_error` for shared AWS files that cannot be read. One
/// that is a pipe, as a shell's `<(command)`, is waited for within `limits`, which throw
/// `timeout_error` or `cancelled_error`.
[[nodiscard]] DSQL_EXPORT endpoint resolve_endpoint(const config& settings,
                                                    const call_limits& limits = {});

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
