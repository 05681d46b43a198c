// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/pool.hpp>
#include <dsql/transaction.hpp>

#include "load/chunk.hpp"
#include "load/target_table.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace dsql_cli::load {

/// The name of the table, in the schema of the table that is loaded.
inline constexpr const char* ledger_table = "dsql_load_ledger";

/// How far a chunk has been loaded. Its rows are done in their order.
struct chunk_state {
    std::int64_t done = 0;      ///< with so many of its first rows nothing is left to do
    std::int64_t rejected = 0;  ///< rows that were not loaded because they are wrong
    std::int64_t skipped = 0;   ///< rows that were there before, with `--on-conflict skip`

    bool operator==(const chunk_state&) const = default;
};

/// What is recorded of a chunk.
struct chunk_record {
    std::int64_t first_byte = 0;  ///< @see chunk::first_byte
    std::int64_t bytes = 0;       ///< of the file, after decompression
    std::int64_t rows = 0;        ///< @see chunk::rows
    chunk_state state{};
};

/// What is recorded of the load of a file.
struct load_record {
    std::string description{};  ///< JSON: the file and how it is cut into chunks
    bool is_complete = false;
    std::string changed_at{};  ///< when it was begun or completed
    std::string generation{};  ///< @see load_key
};

/// All rows of a load, added up.
struct load_totals {
    std::int64_t rows = 0;
    std::int64_t rejected = 0;
    std::int64_t skipped = 0;
};

/// A load in the ledger. Each time a file is loaded anew, the load gets another generation, so that
/// a process that still works on the one before can change nothing any more.
struct load_key {
    std::string id{};
    std::string generation{};
};

/// The table that records which parts of which file are in a table. Each chunk's row is written in
/// the transaction that loads its rows, so the two are there together or not at all, however the
/// transaction ends. A load has a row of its own, which stays when it is complete. The rows of
/// its chunks are removed by a later load: another process may still work on the same load, in a
/// transaction that does not see that it is complete, and must find that its chunk is done.
///
/// Safe from any thread. Throws what `dsql::transact` throws.
class load_ledger {
public:
    /// Borrows the pool. `loaded` is the table that is loaded.
    load_ledger(dsql::pool& pool, const target_table& loaded);

    /// Creates the table if it does not exist, and removes from it what nobody needs any more.
    void prepare();

    /// The load with this id, if it was begun before.
    [[nodiscard]] std::optional<load_record> find(const std::string& id);
    /// Records that a load begins, in place of the complete one that was found before, if one was.
    /// Returns what is recorded then: if another process has begun it since, that one's record
    /// stays, which may be complete already.
    [[nodiscard]] load_record begin(const std::string& id, const std::string& description,
                                    const std::optional<load_record>& found);
    /// Records that all chunks are done.
    void complete(const load_key& load, const load_totals& totals);
    /// Removes the record of a load that was begun, if it has loaded nothing. No other process may
    /// be at work on it: its first transaction would not conflict with this one.
    void forget_unused(const load_key& load);
    /// Removes all that is recorded of a load.
    void remove(const load_key& load);

    /// The chunks of a load of which something is done, by their numbers.
    [[nodiscard]] std::map<std::int64_t, chunk_record> chunks(const load_key& load);
    /// How far a chunk is; none if the load is complete, or begun anew.
    [[nodiscard]] std::optional<chunk_state> state_of(const load_key& load, std::int64_t number);

    /// Whether the name of the loaded table still stands for the same table.
    [[nodiscard]] bool has_same_table();

    /// Records in the transaction that a chunk gets from one state to the next. Returns false if it
    /// is not, or no longer, in the first one, or if the table is another one: then the transaction
    /// must not be committed. Two transactions that make the same step conflict.
    [[nodiscard]] bool advance(dsql::transaction& running, const load_key& load,
                               const chunk& loaded, const chunk_state& from, const chunk_state& to);
    /// Corrects the number of rows that were skipped, after `advance` in the same transaction.
    void set_skipped(dsql::transaction& running, const load_key& load, std::int64_t number,
                     std::int64_t skipped);

private:
    void create();
    void remove_old_chunks();

    dsql::pool& pool_;
    std::string schema_;
    std::string table_;   // quoted
    std::string loaded_;  // quoted
    std::int64_t loaded_oid_;
};

}  // namespace dsql_cli::load
