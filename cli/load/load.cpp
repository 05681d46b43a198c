// SPDX-License-Identifier: Apache-2.0
#include "load/load.hpp"

#include <dsql/error.hpp>
#include <dsql/pool.hpp>

#include "describe_error.hpp"
#include "format.hpp"
#include "load/file_columns.hpp"
#include "load/load_file.hpp"
#include "load/load_ledger.hpp"
#include "load/rejected_rows.hpp"
#include "load/source_file.hpp"
#include "load/target_table.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace dsql_cli::load {

namespace {

std::string decimal(double number, int places) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", places, number);
    return text.data();
}

std::string describe_result(const std::string& file, const table_name& table,
                            const load_result& result) {
    if (result.is_of_another_process) {
        return file + ": another process has just loaded it into " + table.shown() +
               "; this one did not begin anew";
    }
    if (!result.complete_since.empty()) {
        return file + ": was loaded into " + table.shown() + " on " + result.complete_since +
               "; nothing was done (--again loads it once more)";
    }
    std::string line = file + ": " + count_of(result.rows, "row") + " in " + table.shown();
    if (result.rows != result.rows_of_this_run) {
        line += ", " + std::to_string(result.rows_of_this_run) + " of them now";
    }
    const double rate =
        result.seconds > 0 ? static_cast<double>(result.rows_of_this_run) / result.seconds : 0;
    line += ", in " + decimal(result.seconds, 1) + " s (" + decimal(rate, 0) + " rows/s); " +
            std::to_string(result.rejected) + " rejected, ";
    if (result.skipped != 0) {
        line += std::to_string(result.skipped) + " skipped, ";
    }
    line += std::to_string(result.retries) + " retries";
    return result.is_verified ? line + "; verified" : line;
}

dsql::config config_of(const load_options& options) {
    dsql::config settings = options.settings;
    // A server that does not answer must not hold the load up for ever.
    settings.command_timeout = std::chrono::minutes(2);
    return settings;
}

// All of them, before the first one is loaded, so that a file in a directory that is none of data
// is found early.
void check_headers(const load_options& options, const target_table& table,
                   const std::vector<std::string>& files) {
    for (const std::string& file : files) {
        if (file != "-") {
            check_header(options, table, inspect_file(file));
        }
    }
}

}  // namespace

void load_files(const load_options& options, const std::function<void(std::string_view)>& print) {
    const std::vector<std::string> files = list_files(options.sources);
    rejected_rows rejected(options.max_rejected, options.rejected_path);
    dsql::pool pool(config_of(options), {.max_connections = options.connections + 1});
    const target_table table = require_table(pool, options, files.front(), print);
    if (options.dry_run) {
        for (const std::string& file : files) {
            print(check_file(options, table, file));
        }
        return;
    }
    load_ledger ledger(pool, table);
    ledger.prepare();
    const load_context context{
        .options = options, .pool = pool, .ledger = ledger, .table = table, .rejected = rejected};
    check_headers(options, table, files);
    for (const std::string& file : files) {
        const bool is_input = file == "-";
        const std::string shown = is_input ? "standard input" : file;
        try {
            print(describe_result(shown, table.name, load_file(context, file)));
        } catch (const dsql::error& failed) {
            throw std::runtime_error(
                shown + ": " + describe_error(failed) +
                (is_input ? ". Standard input cannot be read again: the rows that were loaded "
                            "stay, and this load cannot go on"
                          : ". Run the same command again to go on where this one ended"));
        }
    }
}

}  // namespace dsql_cli::load
