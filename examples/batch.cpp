// SPDX-License-Identifier: Apache-2.0
// Runs many statements in one round trip and in one transaction.
#include <dsql/dsql.hpp>

#include <cstdlib>
#include <iostream>
#include <string_view>

// A DSQL transaction may change at most 3 000 rows. docs/retries.md shows how to split more rows
// into chunks.
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

        // The results have the same order as the statements.
        dsql::batch questions;
        questions.add("SELECT max(value) FROM example_readings WHERE sensor = $1", 1);
        questions.add("SELECT minute, value FROM example_readings WHERE value < $1", 20.15);
        dsql::batch_results results = db.run(questions);
        std::cout << "maximum " << results[0][0][0].as<double>() << '\n';
        for (const auto [minute, value] : results.take<int, double>(1)) {
            std::cout << "minute " << minute << ": " << value << '\n';
        }

        // A batch is all or nothing: sensor 1 exists already, so sensor 2 is not inserted either.
        dsql::batch mixed = readings_of(2);
        mixed.add("INSERT INTO example_readings VALUES ($1, $2, $3)", 1, 0, 20.0);
        try {
            std::cout << db.run(mixed).size() << " statements\n";
        } catch (const dsql::batch_error& error) {
            std::cout << "statement " << error.index() << " failed, rows in the table: "
                      << db.query_value<long>("SELECT count(*) FROM example_readings") << '\n';
        }

        db.execute("DROP TABLE example_readings");
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
