// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/pool.hpp>

#include "load/chunk.hpp"
#include "load/load_ledger.hpp"
#include "load/rejected_rows.hpp"
#include "load/row_writer.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace dsql_cli::load {

/// Another process has completed the load, or begun it anew.
struct ended_elsewhere {};

/// Loads chunks of one file, each row exactly once or into the rejected rows. Safe from any thread.
class chunk_loader {
public:
    /// What it uses; all of it is borrowed.
    struct parts {
        dsql::pool& pool;
        load_ledger& ledger;
        const row_writer& writer;
        rejected_rows& rejected;
        std::atomic<std::int64_t>& unknown_outcomes;  ///< is counted up
    };

    /// For the load with this id, of this file.
    chunk_loader(const parts& used, load_key load, std::string file);

    /// Loads the rest of a chunk, of which `state` is done. Returns its last state. Throws
    /// `too_many_rejected`, `ended_elsewhere`, and what `dsql::transact` throws for an error that
    /// concerns no row.
    [[nodiscard]] chunk_state load(const chunk& loaded, chunk_state state) const;

private:
    class run;

    parts parts_;
    load_key load_;
    std::string file_;
};

/// Where the server's error says that it found a wrong value: the number of the row, counted from
/// `first`, of those that were sent; none if the error does not say.
[[nodiscard]] std::optional<std::size_t> blamed_row(const dsql::server_error& thrown,
                                                    const chunk& sent, std::size_t first,
                                                    std::size_t last);

}  // namespace dsql_cli::load
