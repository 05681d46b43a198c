// SPDX-License-Identifier: Apache-2.0
#include "connection_options.hpp"

#include <CLI/CLI.hpp>

namespace dsql_cli {

void add_login_options(CLI::App& command, dsql::config& settings) {
    command
        .add_option("--host", settings.host,
                    "The cluster's endpoint, or its 26-character identifier; default: "
                    "CLUSTER_ENDPOINT")
        ->envname("CLUSTER_ENDPOINT")
        ->required();
    command
        .add_option(
            "--region", settings.region,
            "AWS region; default: from the host, AWS_REGION, AWS_DEFAULT_REGION or the profile")
        ->type_name("REGION");
    command.add_option("--user", settings.user, "Database role")->capture_default_str();
    command
        .add_option("--profile", settings.profile,
                    "Profile of the shared AWS files to take the credentials from")
        ->type_name("PROFILE");
}

void add_connection_options(CLI::App& command, dsql::config& settings) {
    add_login_options(command, settings);
    command.add_option("--database", settings.database, "Database name")->capture_default_str();
    command.add_option("--port", settings.port, "TCP port; without it DSQL_PORT, else 5432")
        ->check(CLI::Range(1, 65535))
        ->capture_default_str();
    command.add_option("--host-address", settings.host_address,
                       "IP address or name to connect to instead of the host, such as that of a "
                       "PrivateLink endpoint (vpce-....vpce.amazonaws.com); default: "
                       "DSQL_HOST_ADDRESS");
    command
        .add_option("--ssl-root-cert", settings.ssl_root_cert,
                    "PEM file of the authorities to trust, or \"system\"; default: "
                    "DSQL_SSL_ROOT_CERT, else the system's")
        ->type_name("FILE");
}

}  // namespace dsql_cli
