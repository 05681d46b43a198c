// SPDX-License-Identifier: Apache-2.0
#include "load/file_columns.hpp"

#include <dsql/error.hpp>
#include <dsql/transaction.hpp>

#include "describe_error.hpp"
#include "format.hpp"
#include "load/fields.hpp"
#include "load/infer_table.hpp"
#include "load/run_repeatable.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace dsql_cli::load {

namespace {

constexpr std::size_t bytes_of_sample = std::size_t{4} * 1024 * 1024;

struct table_proposal {
    std::string statement{};
    std::vector<std::string> names{};
};

table_proposal propose_for_file(const load_options& options, const std::string& path) {
    if (path == "-") {
        throw std::runtime_error(
            "--create: needs a file, because standard input cannot be read twice");
    }
    const dialect used = dialect_for(options.format, path);
    const std::unique_ptr<byte_source> source = open_source(path);
    chunk_reader reader(*source, path, used, {.rows = rows_of_sample, .bytes = bytes_of_sample});
    std::vector<field_value> header(options.columns.begin(), options.columns.end());
    if (options.header != header_use::no) {
        const std::optional<std::string> first = reader.read_header();
        if (options.header == header_use::match && first) {
            header = decode_row(*first, used);
        }
    }
    if (header.empty()) {
        throw std::runtime_error(
            path +
            ": --create: nothing names the columns; give --columns, or a file with a header");
    }
    table_proposal proposal{.names = column_names(header, path + ", header")};
    proposal.statement = propose_table(options.table, proposal.names, options.primary_key,
                                       reader.next().value_or(chunk()), used);
    return proposal;
}

void create_table(dsql::pool& pool, const std::string& statement) {
    try {
        run_repeatable(pool, [&](dsql::transaction& running) { running.execute(statement); });
    } catch (const dsql::server_error& rejected) {
        throw std::runtime_error("--create: " + describe_error(rejected));
    }
}

target_table table_of(const table_name& name, const table_proposal& proposal) {
    target_table table{.name = name};
    for (const std::string& each : proposal.names) {
        table.columns.push_back({.name = each});
    }
    return table;
}

std::vector<std::string> names_in(const std::string& header, const dialect& used) {
    std::vector<std::string> names;
    for (const field_value& each : decode_row(header, used)) {
        names.push_back(each.value_or(""));
    }
    return names;
}

bool are_columns(const std::vector<std::string>& names, const target_table& table) {
    return std::all_of(names.begin(), names.end(),
                       [&](const std::string& each) { return has_column(table, each); });
}

// A delimiter by which the header has names of columns; empty if there is none.
std::string fitting_delimiter(const std::string& header, const target_table& table, dialect used) {
    for (const char each : {',', ';', '\t', '|'}) {
        used.delimiter = each;
        const std::vector<std::string> names = names_in(header, used);
        if (names.size() > 1 && are_columns(names, table)) {
            return each == '\t' ? "\\t" : std::string(1, each);
        }
    }
    return {};
}

// What a first row may be that does not have the names of columns.
std::string advice_for_header(const std::string& header, const target_table& table,
                              const dialect& used) {
    if (header.find('\r') != std::string::npos) {
        return ". Its lines end with a carriage return alone: convert them with tr '\\r' '\\n'";
    }
    if (const std::string fitting = fitting_delimiter(header, table, used); !fitting.empty()) {
        return ". It would be right with --delimiter '" + fitting + "'";
    }
    const std::vector<std::string> names = names_in(header, used);
    const bool has_none = std::none_of(names.begin(), names.end(), [&](const std::string& each) {
        return has_column(table, each);
    });
    return has_none ? ". If the first row is one of data, use --header no" : "";
}

}  // namespace

std::vector<table_column> columns_of_file(const load_options& options, const target_table& table,
                                          chunk_reader& reader, const dialect& used,
                                          const std::string& shown) {
    std::optional<std::string> header;
    if (options.header != header_use::no) {
        header = reader.read_header();
    }
    if (options.header == header_use::match && header) {
        const std::vector<std::string> names = names_in(*header, used);
        try {
            return choose_columns(table, names, shown + ", header");
        } catch (const unknown_column& thrown) {
            throw std::runtime_error(thrown.what() + advice_for_header(*header, table, used));
        }
    }
    return options.columns.empty() ? all_columns(table)
                                   : choose_columns(table, options.columns, "--columns");
}

target_table require_table(dsql::pool& pool, const load_options& options,
                           const std::string& sample_file,
                           const std::function<void(std::string_view)>& print) {
    std::optional<target_table> found = find_table(pool, options.table);
    if (!found && options.create) {
        const table_proposal proposal = propose_for_file(options, sample_file);
        print(proposal.statement + ";");
        if (options.dry_run) {
            return table_of(options.table, proposal);
        }
        create_table(pool, proposal.statement);
        found = find_table(pool, options.table);
    }
    if (!found) {
        throw std::runtime_error("there is no table " + options.table.shown() +
                                 explain_missing_table(pool, options.table));
    }
    return *std::move(found);
}

void check_header(const load_options& options, const target_table& table, const source_file& file) {
    const dialect used = dialect_for(options.format, file.path);
    const std::unique_ptr<byte_source> source = open_source(file.path);
    chunk_reader reader(*source, file.shown(), used, options.size);
    static_cast<void>(columns_of_file(options, table, reader, used, file.shown()));
}

std::string check_file(const load_options& options, const target_table& table,
                       const std::string& path) {
    const dialect used = dialect_for(options.format, path);
    const std::unique_ptr<byte_source> source = open_source(path);
    chunk_reader reader(*source, path, used, options.size);
    reader.expect_columns(columns_of_file(options, table, reader, used, path).size());
    std::int64_t rows = 0;
    std::int64_t transactions = 0;
    std::int64_t wrong = 0;
    std::string first;
    while (const std::optional<chunk> part = reader.next()) {
        if (first.empty() && !part->bad.empty()) {
            first = "; line " + std::to_string(part->line_of(part->bad[0].row)) + ": " +
                    part->bad[0].reason;
        }
        rows += static_cast<std::int64_t>(part->rows());
        wrong += static_cast<std::int64_t>(part->bad.size());
        ++transactions;
    }
    return path + ": " + count_of(rows, "row") + " for " + table.name.shown() +
           ", transactions: " + std::to_string(transactions) +
           ", wrong rows: " + std::to_string(wrong) + first;
}

}  // namespace dsql_cli::load
