// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/idempotency_ledger.hpp>
#include <dsql/pool.hpp>
#include <dsql/retry.hpp>
#include <dsql/transact_idempotent.hpp>

#include "pg/quote_identifier.hpp"

#include <string>

namespace dsql {

namespace {

// DSQL limits primary keys to 1 KiB. Source: Aurora DSQL User Guide, "Cluster quotas".
constexpr std::size_t longest_key = 1'000;

constexpr std::int64_t rows_per_prune = 1'000;
constexpr std::chrono::years longest_age{100};

std::string table_of(const idempotency_ledger& ledger) {
    return pg::quoted_table(ledger.schema, ledger.table, "idempotency_ledger");
}

}  // namespace

void create_ledger(pool& used, const idempotency_ledger& ledger, const call_limits& limits,
                   source_location where) {
    const std::string statement = "CREATE TABLE IF NOT EXISTS " + table_of(ledger) +
                                  " (key text PRIMARY KEY, attempt uuid NOT NULL,"
                                  " applied_at timestamptz NOT NULL DEFAULT now())";
    execute_with_retry(used, {limits, retry_policy::patient()}, sql_text(statement, where));
}

std::int64_t prune_ledger(pool& used, std::chrono::seconds age, const idempotency_ledger& ledger,
                          const call_limits& limits, source_location where) {
    if (age.count() < 0 || age > longest_age) {
        throw config_error("prune_ledger: the age is " + std::to_string(age.count()) +
                           " s; it must be from 0 s to a century");
    }
    const std::string table = table_of(ledger);
    const std::string statement = "DELETE FROM " + table + " WHERE key IN (SELECT key FROM " +
                                  table + " WHERE applied_at < now() - $1 * interval '1 second' " +
                                  "LIMIT $2)";
    std::int64_t all = 0;
    std::int64_t pruned = rows_per_prune;
    while (pruned == rows_per_prune) {
        pruned =
            execute_with_retry(used, {limits, retry_policy::patient()}, sql_text(statement, where),
                               static_cast<double>(age.count()), rows_per_prune);
        all += pruned;
    }
    return all;
}

namespace detail {

void check_ledger_key(std::string_view key) {
    if (key.empty() || key.size() > longest_key) {
        throw config_error("transact_idempotent: the key has " + std::to_string(key.size()) +
                           " bytes; it must have from 1 to " + std::to_string(longest_key));
    }
}

std::string claim_statement(const idempotency_ledger& ledger) {
    return "INSERT INTO " + table_of(ledger) +
           " (key, attempt) VALUES ($1, $2) ON CONFLICT DO NOTHING";
}

std::string owner_query(const idempotency_ledger& ledger) {
    return "SELECT attempt FROM " + table_of(ledger) + " WHERE key = $1";
}

std::optional<uuid> claim_key(transaction& running, const idempotency_ledger& ledger,
                              std::string_view key, const uuid& attempt, source_location where) {
    const std::string insert = claim_statement(ledger);
    if (running.execute(sql_text(insert, where), key, attempt) == 1) {
        return std::nullopt;
    }
    const std::string select = owner_query(ledger);
    return running.query_value<uuid>(sql_text(select, where), key);
}

void throw_commit_in_doubt(const error& end) {
    throw commit_unknown_error(
        std::string("a COMMIT was not answered, and retries did not find out what became of it: "
                    "call again with the same key; what ended the retries: ") +
            end.what(),
        end.connection_lost());
}

}  // namespace detail

}  // namespace dsql
