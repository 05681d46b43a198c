// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "connection_options.hpp"
#include "export/compressed_output.hpp"
#include "export/compression.hpp"
#include "export/table_export.hpp"
#include "harmless_output.hpp"
#include "terminal.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dsql_cli {

namespace {

using exports::export_progress;
using exports::row_syntax;

struct export_arguments {
    exports::export_request request{};
    std::string syntax{};
    std::string null_marker{};
    std::string output = "-";
    bool has_no_header = false;
    CLI::Option* null_option = nullptr;
};

const std::map<std::string, row_syntax>& syntaxes() {
    static const std::map<std::string, row_syntax> all = {{"csv", row_syntax::csv},
                                                          {"tsv", row_syntax::tsv},
                                                          {"text", row_syntax::text},
                                                          {"jsonl", row_syntax::json_lines}};
    return all;
}

// By --format, else by the file's name, else CSV.
row_syntax syntax_of(const export_arguments& arguments) {
    if (!arguments.syntax.empty()) {
        return syntaxes().at(arguments.syntax);
    }
    const std::string_view name = exports::without_compression(arguments.output);
    if (name.ends_with(".tsv") || name.ends_with(".tab")) {
        return row_syntax::tsv;
    }
    return name.ends_with(".jsonl") || name.ends_with(".ndjson") ? row_syntax::json_lines
                                                                 : row_syntax::csv;
}

/// A line on the terminal that shows how far the export is.
class progress_line {
public:
    void show(const export_progress& so_far) {
        const auto now = clock::now();
        if (isatty(STDERR_FILENO) == 0 || now - shown_ < std::chrono::milliseconds(500)) {
            return;
        }
        shown_ = now;
        write("\x1b[1G\x1b[K" + describe(so_far) + "\x1b[1G");
        is_there_ = true;
    }

    void remove() {
        if (is_there_) {
            write("\x1b[K");
            is_there_ = false;
        }
    }

    [[nodiscard]] std::string describe(const export_progress& so_far) const {
        const double seconds = std::chrono::duration<double>(clock::now() - started_).count();
        const auto rate = static_cast<std::uint64_t>(static_cast<double>(so_far.rows) /
                                                     (seconds > 0 ? seconds : 1));
        return std::to_string(so_far.rows) + (so_far.rows == 1 ? " row, " : " rows, ") +
               std::to_string(so_far.bytes) + " bytes, " + std::to_string(rate) + " rows/s";
    }

private:
    using clock = std::chrono::steady_clock;

    static void write(const std::string& text) {
        const harmless_output::with_colors escapes;
        std::cerr << text << std::flush;
    }

    clock::time_point started_ = clock::now();
    clock::time_point shown_ = started_;
    bool is_there_ = false;
};

void run_export(export_arguments& arguments) {
    exports::export_request& request = arguments.request;
    if (request.table.empty() == request.query.empty()) {
        throw CLI::RequiredError("either TABLE or --query");
    }
    set_up_interaction(request.settings);
    request.format.syntax = syntax_of(arguments);
    request.format.has_header = !arguments.has_no_header;
    if (arguments.null_option->count() > 0) {
        request.format.null_marker = arguments.null_marker;
    }
    exports::compressed_output output(arguments.output);
    progress_line progress;
    exports::table_export running(
        request, [&](std::string_view data) { output.write(data); },
        [&](const export_progress& so_far) { progress.show(so_far); });
    try {
        const export_progress all = running.run();
        output.finish();
        progress.remove();
        std::cerr << "exported " << progress.describe(all) << '\n';
    } catch (const exports::export_failure& failed) {
        progress.remove();
        throw std::runtime_error(
            std::string(failed.what()) +
            (arguments.output == "-" ? "" : "; " + arguments.output + " was not written"));
    } catch (...) {
        progress.remove();
        throw;
    }
}

void add_export_options(CLI::App& command, export_arguments& arguments) {
    exports::export_request& request = arguments.request;
    CLI::Option* const table =
        command.add_option("TABLE", request.table, "The table or view, or schema.table");
    CLI::Option* const query =
        command.add_option("--query", request.query, "Export the rows of this query instead")
            ->type_name("SQL")
            ->excludes(table);
    command
        .add_option("-o,--output", arguments.output,
                    "The file, which is replaced when the export is done; .gz and .zst are "
                    "compressed; \"-\" is standard output")
        ->type_name("FILE")
        ->capture_default_str();
    command
        .add_option("--format", arguments.syntax,
                    "csv; tsv, which is CSV with tabs; text, which is PostgreSQL's, with "
                    "backslashes; jsonl, which is JSON lines; default: by the file's name, else "
                    "csv")
        ->check(CLI::IsMember({"csv", "tsv", "text", "jsonl"}));
    command.add_flag("--no-header", arguments.has_no_header,
                     "Leave the line with the names of the columns out");
    arguments.null_option =
        command
            .add_option("--null", arguments.null_marker,
                        "What stands for NULL in csv and tsv; default: nothing, and \"\" is an "
                        "empty text")
            ->type_name("TEXT");
    command
        .add_flag("--by-key", request.is_by_key,
                  "Read a table in the order of its primary key, in a transaction for each page, "
                  "and go on when a connection breaks: for exports of more than 5 minutes")
        ->excludes(query);
    command.add_option("--page-rows", request.page_rows, "The rows of a page of --by-key")
        ->check(CLI::Range(1UL, 100'000'000UL))
        ->capture_default_str();
}

}  // namespace

void add_export_command(CLI::App& app) {
    const auto arguments = std::make_shared<export_arguments>();
    CLI::App* const command = app.add_subcommand(
        "export", "Export a table or the rows of a query to CSV, TSV or JSON lines");
    add_connection_options(*command, arguments->request.settings);
    add_export_options(*command, *arguments);
    command->callback([arguments] { run_export(*arguments); });
}

}  // namespace dsql_cli
