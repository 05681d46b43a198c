// SPDX-License-Identifier: Apache-2.0
// Uses a connection string, for programs that read it from a variable or a settings file.
#include <dsql/dsql.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        // A URL. postgres:// and dsql:// are also accepted.
        const std::string url =
            "postgresql://admin@" + std::string(host) + "/postgres?tokenDurationSecs=300";
        dsql::pool pool(url, {.max_connections = 2});
        const auto user = pool.query_value<std::string>("SELECT current_user");
        std::cout << "by URL: " << user << '\n';

        // libpq's keyword/value format, for a single connection.
        dsql::connection connection =
            dsql::connect("host=" + std::string(host) + " user=admin connect_timeout=5");
        const auto database = connection.query_value<std::string>("SELECT current_database()");
        std::cout << "by keywords: " << database << '\n';

        // Set options that a connection string cannot express on the parsed config.
        dsql::config settings = dsql::parse_connection_string(url);
        settings.on_notice = [](const dsql::server_error_fields& notice) {
            std::cerr << notice.message << '\n';
        };
        const int result = dsql::connect(settings).query_value<int>("SELECT 42");
        std::cout << "token of " << settings.token_duration.count() << " s: " << result << '\n';

        // A password is rejected, because the token is the password. So is any sslmode that does
        // not verify the certificate.
        try {
            settings = dsql::parse_connection_string(url + "&sslmode=disable");
        } catch (const dsql::config_error& error) {
            std::cout << "refused: " << error.what() << '\n';
        }
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
