// SPDX-License-Identifier: Apache-2.0
// Creates an index. DSQL builds indexes in the background: the statement returns a job, for which
// this program waits.
#include <dsql/dsql.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

using namespace std::chrono_literals;

void create_customers(dsql::retrying_pool& db) {
    db.execute("DROP TABLE IF EXISTS example_customers");
    db.execute(
        "CREATE TABLE example_customers (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
        " email text NOT NULL, city text NOT NULL)");
    db.execute(
        "INSERT INTO example_customers (email, city)"
        " VALUES ('ada@example.com', 'London'), ('grace@example.com', 'London')");
}

void build(dsql::pool& pool, const std::string& statement) {
    const std::string job = dsql::create_index_async(pool, statement);
    const dsql::async_job done = dsql::wait_for_job(
        pool, job, dsql::within{10min},
        [](const dsql::async_job& now) { std::cout << "  " << now.status << '\n'; });
    std::cout << done.object_name << ' ' << done.status << '\n';
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
        create_customers(db);

        build(pool, "CREATE UNIQUE INDEX ASYNC example_by_email ON example_customers (email)");
        try {
            build(pool, "CREATE UNIQUE INDEX ASYNC example_by_city ON example_customers (city)");
        } catch (const dsql::job_failed_error& error) {
            std::cout << "not unique: " << error.what() << '\n';
            // DSQL leaves an INVALID index. Drop it, or the next attempt fails.
            db.execute("DROP INDEX IF EXISTS example_by_city");
        }

        db.execute("DROP TABLE example_customers");
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
