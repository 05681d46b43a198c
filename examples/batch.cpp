// SPDX-License-Identifier: Apache-2.0
// Many statements in one round trip to the server, and in one transaction.
#include <dsql/dsql.hpp>

#include <cstdlib>
#include <iostream>
#include <string_view>

// At most 3 000 rows, DSQL's limit for a transaction; docs/retries.md has chunks for more.
dsql::batch readings_of(int sensor) {
    dsql::batch batch;
    for (int minute = 0; minute < 60; ++minute) {
        batch.add("INSERT INTO example_readings VALUES ($1, $2, $3)", sensor, minute,
                  20.0 + minute / 10.0);
    }
    return batch;
}

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        dsql::pool pool({.host = host});
        dsql::retrying_pool db(pool);
        db.execute("DROP TABLE IF EXISTS example_readings");
        db.execute(
            "CREATE TABLE example_readings (sensor int, minute int, value float8 NOT NULL,"
            " PRIMARY KEY (sensor, minute))");

        std::cout << db.run(readings_of(1)).size() << " statements in one round trip\n";

        // Queries of different kinds; each answer is read by its place in the batch.
        dsql::batch questions;
        questions.add("SELECT max(value) FROM example_readings WHERE sensor = $1", 1);
        questions.add("SELECT minute, value FROM example_readings WHERE value < $1", 20.15);
        dsql::batch_results answers = db.run(questions);
        std::cout << "maximum " << answers[0][0][0].as<double>() << '\n';
        for (const auto [minute, value] : answers.take<int, double>(1)) {
            std::cout << "minute " << minute << ": " << value << '\n';
        }

        // All or nothing: sensor 1 is there already, so that nothing of sensor 2 remains.
        dsql::batch mixed = readings_of(2);
        mixed.add("INSERT INTO example_readings VALUES ($1, $2, $3)", 1, 0, 20.0);
        try {
            std::cout << db.run(mixed).size() << " statements\n";
        } catch (const dsql::batch_error& failure) {
            std::cout << "statement " << failure.index() << " failed, rows in the table: "
                      << db.query_value<long>("SELECT count(*) FROM example_readings") << '\n';
        }

        db.execute("DROP TABLE example_readings");
        return EXIT_SUCCESS;
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return EXIT_FAILURE;
    }
}
