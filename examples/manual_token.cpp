// SPDX-License-Identifier: Apache-2.0
// For programs that talk to libpq themselves: dsql::auth says where to connect and signs the token,
// which is the password. Links dsql::auth and libpq, nothing else of this library.
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

// Every connect wants a token that is valid at that moment; the generator signs a new one when the
// last has lived for most of its time. An open session outlives its token, for up to 60 minutes.
connection_handle connect(const dsql::config& settings, const dsql::endpoint& place,
                          dsql::token_generator& tokens) {
    const std::shared_ptr<const std::string> token = tokens.get();
    const std::string port = std::to_string(place.port);
    const bool direct = PQlibVersion() >= 170000;  // saves a round trip; older ones do not know it
    const std::string roots = dsql::root_certificate(place.ssl_root_cert, PQlibVersion() >= 160000);
    const std::vector<std::pair<const char*, const char*>> parameters = {
        {"host", place.host.c_str()},  // for SNI and certificate, also where hostaddr is set
        {"hostaddr", place.host_address.c_str()},  // libpq ignores what is empty
        {"port", port.c_str()},
        {"user", settings.user.c_str()},
        {"dbname", settings.database.c_str()},
        {"password", token->c_str()},
        {"sslmode", "verify-full"},  // or the token may end up with somebody else
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
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return EXIT_FAILURE;
    }
}
