// SPDX-License-Identifier: Apache-2.0
// Uses libpq directly: dsql::auth resolves the endpoint and signs the token, which is the password.
// Links only dsql::auth and libpq.
#include <dsql/endpoint.hpp>
#include <dsql/token.hpp>

#include <libpq-fe.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using connection_handle = std::unique_ptr<PGconn, void (*)(PGconn*)>;
using result_handle = std::unique_ptr<PGresult, void (*)(PGresult*)>;

// A token must be valid when a connection is made. The generator reuses a token and signs a new one
// before it expires. An open session lasts up to 60 minutes, even after its token has expired.
connection_handle connect(const dsql::config& settings, const dsql::endpoint& place,
                          dsql::token_generator& tokens) {
    const std::shared_ptr<const std::string> token = tokens.get();
    const std::string port = std::to_string(place.port);
    const bool direct =
        PQlibVersion() >= 170000;  // direct TLS saves a round trip; older versions do not have it
    const std::string roots = dsql::root_certificate(place.ssl_root_cert, PQlibVersion() >= 160000);
    const std::vector<std::pair<const char*, const char*>> parameters = {
        {"host",
         place.host.c_str()},  // needed for SNI and the certificate, even if hostaddr is set
        {"hostaddr", place.host_address.c_str()},  // libpq ignores empty values, and takes no name
        {"port", port.c_str()},
        {"user", settings.user.c_str()},
        {"dbname", settings.database.c_str()},
        {"password", token->c_str()},
        {"sslmode", "verify-full"},  // otherwise another server could get the token
        {"sslrootcert", roots.c_str()},
        {"sslnegotiation", direct ? "direct" : ""},
        {"connect_timeout", "10"}};
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& [name, value] : parameters) {
        names.push_back(name);
        values.push_back(value);
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    connection_handle connection(PQconnectdbParams(names.data(), values.data(), 0), &PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK) {
        throw std::runtime_error(PQerrorMessage(connection.get()));
    }
    return connection;
}

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        const dsql::config settings = {.host = host};
        const dsql::endpoint place = dsql::resolve_endpoint(settings);
        dsql::token_generator tokens(settings, place);
        const connection_handle connection = connect(settings, place, tokens);
        const result_handle result(PQexec(connection.get(), "SELECT current_user"), &PQclear);
        if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
            throw std::runtime_error(PQerrorMessage(connection.get()));
        }
        std::cout << "logged in as " << PQgetvalue(result.get(), 0, 0) << " over "
                  << PQsslAttribute(connection.get(), "protocol") << '\n';
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
