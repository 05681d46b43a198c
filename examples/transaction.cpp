// SPDX-License-Identifier: Apache-2.0
// Runs several statements in a transaction. If the body throws, the transaction is rolled back.
// After a conflict with another transaction, the body runs again.
#include <dsql/dsql.hpp>

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

// On DSQL, a DDL statement must be alone in its transaction.
void create_tables(dsql::retrying_pool& db) {
    db.execute("DROP TABLE IF EXISTS example_stock");
    db.execute("DROP TABLE IF EXISTS example_orders");
    db.execute("CREATE TABLE example_stock (item text PRIMARY KEY, amount int NOT NULL)");
    db.execute(
        "CREATE TABLE example_orders (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
        " item text NOT NULL, amount int NOT NULL)");
    db.execute("INSERT INTO example_stock VALUES ('pen', 10)");
}

// Returns how many are left. The body changes only the database, because it may run repeatedly.
int order(dsql::retrying_pool& db, const std::string& item, int amount) {
    return db.transact([&](dsql::transaction& tx) {
        tx.execute("INSERT INTO example_orders (item, amount) VALUES ($1, $2)", item, amount);
        const int left = tx.query_value<int>(
            "UPDATE example_stock SET amount = amount - $1 WHERE item = $2 RETURNING amount",
            amount, item);
        if (left < 0) {
            throw std::runtime_error(std::to_string(-left) + " too few in stock");
        }
        return left;
    });
}

// Reads both tables from one snapshot, even if others write meanwhile.
void print_books(dsql::retrying_pool& db) {
    db.transact(
        [](dsql::transaction& tx) {
            const auto orders = tx.query_value<long>("SELECT count(*) FROM example_orders");
            const auto left = tx.query_value<long>("SELECT sum(amount) FROM example_stock");
            std::cout << "orders " << orders << ", in stock " << left << '\n';
        },
        {.read_only = true});
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
        create_tables(db);

        const int left = order(db, "pen", 3);
        std::cout << "ordered 3, left " << left << '\n';
        try {
            order(db, "pen", 8);
        } catch (const std::runtime_error& refusal) {
            std::cout << "not ordered: " << refusal.what() << '\n';
        }
        print_books(db);

        db.execute("DROP TABLE example_orders");
        db.execute("DROP TABLE example_stock");
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
