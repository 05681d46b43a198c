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

}  // namespace dsql
