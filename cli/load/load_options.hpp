// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>

#include "load/chunk_reader.hpp"
#include "load/dialect.hpp"
#include "load/progress.hpp"
#include "load/target_table.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace dsql_cli::load {

/// What the first row of a file is.
enum class header_use {
    match,  ///< the names of the columns, in any order
    yes,    ///< a header that is not looked at
    no      ///< a row like the others
};

/// What is done about rows that are in the table already, by a unique key.
enum class conflict_action {
    error,  ///< they are rejected
    skip    ///< they are left as they are
};

/// What is checked after a load.
enum class verification {
    none,
    count,  ///< the number of rows
    full    ///< the number of rows and a checksum of their values
};

/// The options of `dsql load`. A plain value.
struct load_options {
    dsql::config settings{};
    table_name table{};
    std::vector<std::string> sources{};  ///< files and directories, or "-"
    std::vector<std::string> columns{};  ///< empty: by the header, or all
    dialect_options format{};
    header_use header = header_use::match;
    chunk_size size{};
    int connections = 8;
    std::int64_t max_rejected = 0;
    std::string rejected_path{};
    conflict_action on_conflict = conflict_action::error;
    verification verify = verification::none;
    bool create = false;                     ///< make the table, if there is none
    std::vector<std::string> primary_key{};  ///< of the table that is made
    bool dry_run = false;                    ///< write nothing
    bool again = false;  ///< also load a file whose load is recorded as complete
    progress_style progress = progress_style::none;
};

/// What became of one file.
struct load_result {
    std::int64_t rows = 0;  ///< in the table, those of earlier runs included
    std::int64_t rejected = 0;
    std::int64_t skipped = 0;
    double seconds = 0;
    std::int64_t rows_of_this_run = 0;
    std::int64_t retries = 0;
    bool is_verified = false;
    std::string complete_since{};        ///< if the load was complete before; then nothing was done
    bool is_of_another_process = false;  ///< which completed it while this one ran
};

}  // namespace dsql_cli::load
