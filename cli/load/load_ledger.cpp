// SPDX-License-Identifier: Apache-2.0
#include "load/load_ledger.hpp"

#include <dsql/uuid.hpp>

#include "load/run_repeatable.hpp"

#include <cstddef>
#include <stdexcept>
#include <tuple>

namespace dsql_cli::load {

namespace {

// The number of the row of the load itself. Its columns rows, rejected and skipped are the totals.
constexpr std::int64_t whole_load = -1;

constexpr std::int64_t rows_per_removal = 1'000;

// The generation of that row, which the row itself has in its column current.
constexpr const char* no_generation = "";

constexpr const char* ledger_columns =
    " (load text, generation text, chunk bigint, first_byte bigint NOT NULL, bytes bigint NOT NULL,"
    " rows bigint NOT NULL, done bigint NOT NULL, rejected bigint NOT NULL,"
    " skipped bigint NOT NULL, description text, is_complete boolean NOT NULL, current text,"
    " changed_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (load, generation, chunk))";

std::int64_t size_of(std::size_t size) {
    return static_cast<std::int64_t>(size);
}

}  // namespace

load_ledger::load_ledger(dsql::pool& pool, const target_table& loaded)
    : pool_(pool),
      schema_(loaded.name.schema),
      table_(table_name{.schema = schema_, .table = ledger_table}.quoted()),
      loaded_(loaded.name.quoted()),
      loaded_oid_(loaded.oid) {}

void load_ledger::prepare() {
    create();
    remove_old_chunks();
}

void load_ledger::create() {
    if (find_table(pool_, {.schema = schema_, .table = ledger_table})) {
        return;
    }
    const std::string statement = "CREATE TABLE IF NOT EXISTS " + table_ + ledger_columns;
    try {
        run_repeatable(pool_, [&](dsql::transaction& running) { running.execute(statement); });
    } catch (const dsql::server_error& rejected) {
        if (rejected.sqlstate() != "42501") {
            throw;
        }
        throw std::runtime_error(
            "this role may not create the table in which the progress of loads is recorded; ask "
            "someone who may to run this, and GRANT SELECT, INSERT, UPDATE, DELETE on it: " +
            statement);
    }
}

// DSQL ends a transaction after 5 minutes. After 10, none is there that does not see that a load
// was complete. In parts, because a transaction may modify 3 000 rows.
void load_ledger::remove_old_chunks() {
    const std::string recent = "changed_at > now() - interval '10 minutes'";
    const std::string statement =
        "DELETE FROM " + table_ +
        " WHERE (load, generation, chunk) IN (SELECT c.load, c.generation, c.chunk FROM " + table_ +
        " AS c WHERE c.chunk <> $1 AND NOT c." + recent + " AND NOT EXISTS (SELECT 1 FROM " +
        table_ + " AS l WHERE l.load = c.load AND l.chunk = $1 AND (l." + recent +
        " OR (NOT l.is_complete AND l.current = c.generation))) LIMIT $2)";
    std::int64_t removed = rows_per_removal;
    while (removed == rows_per_removal) {
        removed = run_repeatable(pool_, [&](dsql::transaction& running) {
            return running.execute(statement, whole_load, rows_per_removal);
        });
    }
}

std::optional<load_record> load_ledger::find(const std::string& id) {
    const std::string query =
        "SELECT description, is_complete, changed_at::text, current AS generation FROM " + table_ +
        " WHERE load = $1 AND generation = $2 AND chunk = $3";
    return run_repeatable(pool_, [&](dsql::transaction& running) {
        return running.query_optional<load_record>(query, id, no_generation, whole_load);
    });
}

load_record load_ledger::begin(const std::string& id, const std::string& description,
                               const std::optional<load_record>& found) {
    const std::string statement =
        "INSERT INTO " + table_ +
        " AS l (load, generation, chunk, first_byte, bytes, rows, done, rejected, skipped,"
        " description, is_complete, current) VALUES ($1, $2, $3, 0, 0, 0, 0, 0, 0, $4, false, $5)"
        " ON CONFLICT (load, generation, chunk) DO UPDATE SET description = excluded.description,"
        " is_complete = false, current = excluded.current, changed_at = now()"
        " WHERE l.is_complete AND l.current = $6";
    const std::string generation = dsql::uuid::random().to_string();
    const std::string replaced = found ? found->generation : no_generation;
    run_repeatable(pool_, [&](dsql::transaction& running) {
        running.execute(statement, id, no_generation, whole_load, description, generation,
                        replaced);
    });
    std::optional<load_record> begun = find(id);
    if (!begun) {
        throw std::runtime_error("the record of the load was removed while it began");
    }
    return *std::move(begun);
}

void load_ledger::complete(const load_key& load, const load_totals& totals) {
    const std::string statement =
        "UPDATE " + table_ +
        " SET is_complete = true, rows = $5, done = $5, rejected = $6, skipped = $7,"
        " changed_at = now() WHERE load = $1 AND generation = $2 AND chunk = $3 AND current = $4"
        " AND NOT is_complete";
    run_repeatable(pool_, [&](dsql::transaction& running) {
        running.execute(statement, load.id, no_generation, whole_load, load.generation, totals.rows,
                        totals.rejected, totals.skipped);
    });
}

void load_ledger::forget_unused(const load_key& load) {
    const std::string statement =
        "DELETE FROM " + table_ +
        " WHERE load = $1 AND generation = $2 AND chunk = $3 AND current = $4 AND NOT is_complete"
        " AND NOT EXISTS (SELECT 1 FROM " +
        table_ + " AS c WHERE c.load = $1 AND c.generation = $4)";
    run_repeatable(pool_, [&](dsql::transaction& running) {
        running.execute(statement, load.id, no_generation, whole_load, load.generation);
    });
}

void load_ledger::remove(const load_key& load) {
    const std::string statement = "DELETE FROM " + table_ +
                                  " WHERE load = $1 AND chunk IN (SELECT chunk FROM " + table_ +
                                  " WHERE load = $1 LIMIT $2)";
    std::int64_t removed = rows_per_removal;
    while (removed == rows_per_removal) {
        removed = run_repeatable(pool_, [&](dsql::transaction& running) {
            return running.execute(statement, load.id, rows_per_removal);
        });
    }
}

std::map<std::int64_t, chunk_record> load_ledger::chunks(const load_key& load) {
    const std::string query =
        "SELECT chunk, first_byte, bytes, rows, done, rejected, skipped FROM " + table_ +
        " WHERE load = $1 AND generation = $2 AND chunk > $3 ORDER BY chunk LIMIT 10000";
    std::map<std::int64_t, chunk_record> all;
    while (true) {
        const std::int64_t last = all.empty() ? whole_load : all.rbegin()->first;
        const std::size_t before = all.size();
        run_repeatable(pool_, [&](dsql::transaction& running) {
            for (const auto& [number, first_byte, bytes, rows, done, rejected, skipped] :
                 running.query_all<std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                                   std::int64_t, std::int64_t, std::int64_t>(
                     query, load.id, load.generation, last)) {
                all[number] = {.first_byte = first_byte,
                               .bytes = bytes,
                               .rows = rows,
                               .state = {.done = done, .rejected = rejected, .skipped = skipped}};
            }
        });
        if (all.size() == before) {
            return all;
        }
    }
}

std::optional<chunk_state> load_ledger::state_of(const load_key& load, std::int64_t number) {
    const std::string query =
        "SELECT coalesce(c.done, 0), coalesce(c.rejected, 0), coalesce(c.skipped, 0) FROM " +
        table_ + " AS l LEFT JOIN " + table_ +
        " AS c ON c.load = l.load AND c.generation = l.current AND c.chunk = $5"
        " WHERE l.load = $1 AND l.generation = $2 AND l.chunk = $3 AND l.current = $4"
        " AND NOT l.is_complete";
    return run_repeatable(pool_, [&](dsql::transaction& running) {
        std::optional<chunk_state> state;
        if (const auto row = running.query_optional<std::int64_t, std::int64_t, std::int64_t>(
                query, load.id, no_generation, whole_load, load.generation, number)) {
            state = chunk_state{.done = std::get<0>(*row),
                                .rejected = std::get<1>(*row),
                                .skipped = std::get<2>(*row)};
        }
        return state;
    });
}

bool load_ledger::has_same_table() {
    return run_repeatable(pool_, [&](dsql::transaction& running) {
        return running.query_value<std::optional<std::int64_t>>(
                   "SELECT pg_catalog.to_regclass($1)::oid::bigint", loaded_) == loaded_oid_;
    });
}

bool load_ledger::advance(dsql::transaction& running, const load_key& load, const chunk& loaded,
                          const chunk_state& from, const chunk_state& to) {
    if (from.done == 0) {
        const std::string insert =
            "INSERT INTO " + table_ +
            " (load, generation, chunk, first_byte, bytes, rows, done, rejected, skipped,"
            " is_complete) SELECT load, current, $5::bigint, $6::bigint, $7::bigint, $8::bigint,"
            " $9::bigint, $10::bigint, $11::bigint, false FROM " +
            table_ +
            " WHERE load = $1 AND generation = $2 AND chunk = $3 AND current = $4"
            " AND NOT is_complete AND pg_catalog.to_regclass($12)::oid::bigint = $13"
            " ON CONFLICT DO NOTHING";
        return running.execute(insert, load.id, no_generation, whole_load, load.generation,
                               loaded.number, loaded.first_byte, size_of(loaded.data.size()),
                               size_of(loaded.rows()), to.done, to.rejected, to.skipped, loaded_,
                               loaded_oid_) == 1;
    }
    const std::string update = "UPDATE " + table_ +
                               " SET done = $5, rejected = $6, skipped = $7, changed_at = now()"
                               " WHERE load = $1 AND generation = $2 AND chunk = $3 AND done = $4"
                               " AND pg_catalog.to_regclass($8)::oid::bigint = $9";
    return running.execute(update, load.id, load.generation, loaded.number, from.done, to.done,
                           to.rejected, to.skipped, loaded_, loaded_oid_) == 1;
}

void load_ledger::set_skipped(dsql::transaction& running, const load_key& load, std::int64_t number,
                              std::int64_t skipped) {
    const std::string update =
        "UPDATE " + table_ + " SET skipped = $4 WHERE load = $1 AND generation = $2 AND chunk = $3";
    running.execute(update, load.id, load.generation, number, skipped);
}

}  // namespace dsql_cli::load
