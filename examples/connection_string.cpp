// SPDX-License-Identifier: Apache-2.0
// Where to connect as one text, for programs that have it in a variable or a file of settings.
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
        // A URL; postgres:// and dsql:// mean the same.
        const std::string url =
            "postgresql://admin@" + std::string(host) + "/postgres?tokenDurationSecs=300";
        dsql::pool pool(url, {.max_connections = 2});
        const auto user = pool.query_value<std::string>("SELECT current_user");
        std::cout << "by URL: " << user << '\n';

        // libpq's other form, for a single connection.
        dsql::connection connection =
            dsql::connect("host=" + std::string(host) + " user=admin connect_timeout=5");
        const auto database = connection.query_value<std::string>("SELECT current_database()");
        std::cout << "by keywords: " << database << '\n';

        // What no text can say is added to what it says.
        dsql::config settings = dsql::parse_connection_string(url);
        settings.on_notice = [](const dsql::server_error_fields& notice) {
            std::cerr << notice.message << '\n';
        };
        const int answer = dsql::connect(settings).query_value<int>("SELECT 42");
        std::cout << "token of " << settings.token_duration.count() << " s: " << answer << '\n';

        // The password is the token, and the certificate is always verified: neither has a place.
        try {
            settings = dsql::parse_connection_string(url + "&sslmode=disable");
        } catch (const dsql::config_error& refusal) {
            std::cout << "refused: " << refusal.what() << '\n';
        }
        return EXIT_SUCCESS;
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return EXIT_FAILURE;
    }
}
