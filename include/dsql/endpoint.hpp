// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/config.hpp>
#include <dsql/export.hpp>

#include <string>
#include <vector>

namespace dsql {

/// The endpoint of a config, after the identifier, the region and the environment have been
/// resolved.
struct endpoint {
    std::string host{};    ///< full name, lower case: for SNI, certificate and token
    std::string region{};  ///< AWS region
    int port = 5432;       ///< 1 to 65535
    /// Where to connect instead of `host`: an IP address, or a name to look up; empty: `host`.
    /// libpq's `hostaddr` takes only an address.
    std::string host_address{};
    std::string ssl_root_cert{};  ///< PEM file; empty: the system's trust store
    /// Value of the startup option `amzn-cluster-id`; empty: not sent. @see config::cluster_id
    std::string cluster_id{};
};

/// Resolves the endpoint of a config from the config, `AWS_REGION`, `AWS_DEFAULT_REGION`,
/// `DSQL_HOST_ADDRESS`, `DSQL_PORT`, `DSQL_SSL_ROOT_CERT` and, when nothing else names the region,
/// the profile's `region` in the shared AWS files. Does not use the network. Throws `config_error`,
/// and `credentials_error` for shared AWS files that cannot be read. If one of them is a pipe, such
/// as a shell's `<(command)`, waits for it within `limits`, and throws `timeout_error` or
/// `cancelled_error`.
[[nodiscard]] DSQL_EXPORT endpoint resolve_endpoint(const config& settings,
                                                    const call_limits& limits = {});

/// Resolves all endpoints of a config: first that of `resolve_endpoint`, then those of
/// `config::failover`. A `token_generator` for each makes the tokens of its region. Throws what
/// `resolve_endpoint` throws.
[[nodiscard]] DSQL_EXPORT std::vector<endpoint> resolve_endpoints(const config& settings,
                                                                  const call_limits& limits = {});

/// Returns a value for libpq's `sslrootcert`, for programs that use a token with their own libpq
/// connection. The connections of this library set it by themselves.
///
/// `file`: a PEM file of the authorities to trust, as `endpoint::ssl_root_cert` has it, which is
/// returned as it is; empty or "system" for the system's trust store. For that, returns "system" if
/// the libpq `supports_system` (16 and later; older ones take the word for the name of a file) and
/// OpenSSL has a default store. Otherwise, returns the file in SSL_CERT_FILE or the first bundle
/// found where Debian, Fedora and Amazon Linux, Alpine and macOS keep theirs.
///
/// Throws `config_error` if the file cannot be read, is not a regular file of at most 16 MiB,
/// contains no certificate or contains an incomplete one, and if no store is found. The file that
/// SSL_CERT_FILE names must be readable as well. An empty directory in SSL_CERT_DIR is an error if
/// nothing else would be trusted. Thread-safe, as long as no other thread changes the environment.
/// Source: PostgreSQL, "Database Connection Control Functions", sslrootcert.
[[nodiscard]] DSQL_EXPORT std::string root_certificate(const std::string& file,
                                                       bool supports_system);

}  // namespace dsql
