// SPDX-License-Identifier: Apache-2.0
// Transfers money between two accounts: first with a retry after a conflict, then exactly once,
// even if the result of COMMIT is lost.
#include <dsql/dsql.hpp>

#include <cstdlib>
#include <iostream>

void create_accounts(dsql::pool& pool) {
    dsql::create_ledger(pool);
    dsql::execute_with_retry(pool,
                             "CREATE TABLE IF NOT EXISTS example_accounts (id int PRIMARY KEY, "
                             "balance bigint NOT NULL)");
    dsql::execute_with_retry(
        pool, "INSERT INTO example_accounts VALUES (1, 100), (2, 100) ON CONFLICT DO NOTHING");
}

void transfer(dsql::transaction& tx, int from, int to, long amount) {
    tx.execute("UPDATE example_accounts SET balance = balance - $1 WHERE id = $2", amount, from);
    tx.execute("UPDATE example_accounts SET balance = balance + $1 WHERE id = $2", amount, to);
}

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        dsql::pool pool({.host = host});
        create_accounts(pool);

        dsql::transact(pool, [](dsql::transaction& tx) { transfer(tx, 1, 2, 10); });

        const bool applied = dsql::transact_idempotent(
            pool, "transfer 2026-0001", [](dsql::transaction& tx) { transfer(tx, 2, 1, 10); });
        std::cout << (applied ? "applied" : "had been applied before") << '\n';

        dsql::retrying_pool db(pool);
        const auto sum = db.query_value<long>(
            "SELECT sum(balance)::bigint FROM example_accounts WHERE id IN (1, 2)");
        std::cout << "sum " << sum << ", retries " << pool.stat().occ_retries << '\n';
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
