// SPDX-License-Identifier: Apache-2.0
#include "bank/bank.hpp"

#include <array>
#include <numeric>
#include <string>
#include <vector>

void open_bank(dsql::pool& pool) {
    dsql::retrying_pool db(pool, dsql::retry_policy::patient());
    db.execute("DROP TABLE IF EXISTS dsql_idempotency_ledger");
    db.execute("DROP TABLE IF EXISTS transfers");
    db.execute("DROP TABLE IF EXISTS accounts");
    db.execute("CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL)");
    db.execute(
        "CREATE TABLE transfers (number bigint, source int, target int, amount bigint NOT NULL)");
    dsql::create_ledger(pool);
    std::vector<int> ids(account_count);
    std::iota(ids.begin(), ids.end(), 0);
    dsql::in_chunks(ids, 3'000, [&](const auto& part) {
        db.transact([&](dsql::transaction& tx) {
            for (const int id : part) {
                tx.execute("INSERT INTO accounts VALUES ($1, $2)", id, initial_balance);
            }
        });
    });
}

void apply(dsql::transaction& tx, const transfer_order& order) {
    constexpr const char* change = "UPDATE accounts SET balance = balance + $1 WHERE id = $2";
    tx.execute(change, -order.amount, order.source);
    tx.execute(change, order.amount, order.target);
    tx.execute("INSERT INTO transfers VALUES ($1, $2, $3, $4)", order.number, order.source,
               order.target, order.amount);
}

audit audit_bank(const server_books& books, std::int64_t first_with_key) {
    const std::string with_key = std::to_string(first_with_key);
    return {
        .sum = books.value("SELECT sum(balance)::bigint FROM accounts"),
        .transfers = books.value("SELECT count(*) FROM transfers"),
        .applied_twice =
            books.value("SELECT count(*) FROM (SELECT number FROM transfers GROUP BY number "
                        "HAVING count(*) > 1) AS twice"),
        .disagreeing =
            books.value("SELECT count(*) FROM accounts AS a WHERE balance <> " +
                        std::to_string(initial_balance) +
                        "+ (SELECT coalesce(sum(amount), 0) FROM transfers WHERE target = a.id) "
                        "- (SELECT coalesce(sum(amount), 0) FROM transfers WHERE source = a.id)"),
        .keys_without_note =
            books.value("SELECT count(*) FROM dsql_idempotency_ledger AS l WHERE NOT EXISTS "
                        "(SELECT 1 FROM transfers AS t WHERE t.number = l.key::bigint)"),
        .notes_without_key = books.value(
            "SELECT count(*) FROM transfers AS t WHERE number >= " + with_key +
            " AND NOT EXISTS "
            "(SELECT 1 FROM dsql_idempotency_ledger AS l WHERE l.key::bigint = t.number)"),
        .gaps = books.value(
            "SELECT coalesce(sum(highest - lowest + 1 - different), 0)::bigint FROM "
            "(SELECT min(number) AS lowest, max(number) AS highest, count(DISTINCT number) AS "
            "different FROM transfers WHERE number >= " +
            with_key + " GROUP BY number / 1000000000) AS teller"),
    };
}
