// SPDX-License-Identifier: Apache-2.0
// Connects with this library (token, TLS) and runs statements with libpqxx 7.8 or later.
#include <dsql/dsql.hpp>
#include <dsql/pqxx.hpp>

#include <pqxx/pqxx>

#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>

void print_words(pqxx::connection& connection) {
    pqxx::nontransaction reader(connection);
    for (const auto& [word, uses] :
         reader.query<std::string, int>("SELECT word, uses FROM example_words ORDER BY uses")) {
        std::cout << word << ' ' << uses << '\n';
    }
}

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        pqxx::connection connection = dsql::to_pqxx(dsql::connect({.host = host}));
        // On DSQL, DDL must be alone in its transaction.
        pqxx::nontransaction(connection).exec("DROP TABLE IF EXISTS example_words");
        pqxx::nontransaction(connection)
            .exec("CREATE TABLE example_words (word text PRIMARY KEY, uses int NOT NULL)");

        // Retries the transaction after a conflict with another one.
        pqxx::perform([&] {
            pqxx::work work(connection);
            work.exec("INSERT INTO example_words VALUES ('hello', 1), ('world', 2)");
            work.commit();
        });
        print_words(connection);

        // Convert back to use functions that libpqxx does not have.
        dsql::connection back = dsql::from_pqxx(std::move(connection));
        dsql::execute_with_retry(back, "DROP TABLE example_words");
        std::cout << "handed over and back\n";
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
