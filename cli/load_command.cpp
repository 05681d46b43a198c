// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "connection_options.hpp"
#include "load/load.hpp"
#include "load/load_options.hpp"
#include "terminal.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dsql_cli {

namespace {

struct load_arguments {
    load::load_options options{};
    std::string table{};
    std::string format{};
    std::optional<std::string> delimiter{};
    std::optional<std::string> quote{};
    std::optional<std::string> escape{};
    std::optional<std::string> null_text{};
    std::string header = "match";
    std::string on_conflict = "error";
    std::string progress = "auto";
    std::string verify = "none";
};

std::optional<char> character_of(const std::optional<std::string>& text,
                                 const std::string& option) {
    if (!text) {
        return std::nullopt;
    }
    if (*text == "\\t" || *text == "tab") {
        return '\t';
    }
    if (text->size() != 1) {
        throw CLI::ValidationError(option, "expected one character, or \\t, not \"" + *text + "\"");
    }
    return text->front();
}

load::dialect_options dialect_options_from(const load_arguments& arguments) {
    load::dialect_options format{.delimiter = character_of(arguments.delimiter, "--delimiter"),
                                 .quote = character_of(arguments.quote, "--quote"),
                                 .escape = character_of(arguments.escape, "--escape"),
                                 .null_text = arguments.null_text};
    if (!arguments.format.empty()) {
        format.format = arguments.format;
    }
    return format;
}

load::progress_style progress_style_from(const std::string& word) {
    if (word != "auto") {
        return word == "bar"    ? load::progress_style::bar
               : word == "json" ? load::progress_style::json
                                : load::progress_style::none;
    }
    const char* const terminal = std::getenv("TERM");
    const bool has_bar =
        isatty(STDERR_FILENO) != 0 && terminal != nullptr && std::string_view(terminal) != "dumb";
    return has_bar ? load::progress_style::bar : load::progress_style::json;
}

// Options that do not go together.
void check_together(const load::load_options& options) {
    const auto inputs = std::count(options.sources.begin(), options.sources.end(), "-");
    const bool reads_input = inputs > 0;
    if (inputs > 1) {
        throw std::invalid_argument("-: standard input can be read only once");
    }
    if (options.verify == load::verification::full && reads_input) {
        throw std::invalid_argument(
            "--verify full reads files twice, which standard input cannot be; use --verify count");
    }
    if (options.verify == load::verification::full &&
        options.on_conflict == load::conflict_action::skip) {
        throw std::invalid_argument(
            "--verify full does not go with --on-conflict skip, which leaves rows out");
    }
    if (options.dry_run && reads_input) {
        throw std::invalid_argument("--dry-run needs files, because it uses standard input up");
    }
}

load::load_options load_options_from(const load_arguments& arguments) {
    load::load_options options = arguments.options;
    set_up_interaction(options.settings);
    options.table = load::parse_table_name(arguments.table);
    options.format = dialect_options_from(arguments);
    for (const std::string& source : options.sources) {
        load::check_dialect(load::dialect_for(options.format, source));
    }
    options.header = arguments.header == "match" ? load::header_use::match
                     : arguments.header == "yes" ? load::header_use::yes
                                                 : load::header_use::no;
    if (options.header == load::header_use::match && !options.columns.empty()) {
        throw std::invalid_argument(
            "--columns: with --header match, the first row names the columns; use --header yes to "
            "ignore that row, or --header no if there is none");
    }
    options.on_conflict = arguments.on_conflict == "skip" ? load::conflict_action::skip
                                                          : load::conflict_action::error;
    options.progress = progress_style_from(arguments.progress);
    options.verify = arguments.verify == "full"    ? load::verification::full
                     : arguments.verify == "count" ? load::verification::count
                                                   : load::verification::none;
    check_together(options);
    return options;
}

void run_load(const load_arguments& arguments) {
    load::load_options options;
    try {
        options = load_options_from(arguments);
    } catch (const std::invalid_argument& wrong) {
        throw CLI::ValidationError(wrong.what(), CLI::ExitCodes::ValidationError);
    }
    load::load_files(options, [](std::string_view line) { print_line(line, "the result"); });
}

void add_source_options(CLI::App& command, load_arguments& arguments) {
    load::load_options& options = arguments.options;
    command
        .add_option("files", options.sources,
                    "Files, directories of files, or - for standard input")
        ->type_name("FILE")
        ->required();
    command.add_option("--table", arguments.table, "The table to load into, or schema.table")
        ->type_name("NAME")
        ->required();
    command
        .add_option("--columns", options.columns,
                    "The table's columns that the files have, in their order, with commas between "
                    "them; default: all. For files without a header, or with --header yes")
        ->type_name("NAMES")
        ->delimiter(',')
        ->allow_extra_args(false);
}

void add_table_options(CLI::App& command, load_arguments& arguments) {
    load::load_options& options = arguments.options;
    CLI::Option* const create =
        command.add_flag("--create", options.create,
                         "Create the table if there is none, with types inferred from a sample of "
                         "the first file; prints the statement");
    command
        .add_option("--primary-key", options.primary_key,
                    "The columns of the primary key of that table, with commas between them; it "
                    "cannot be added later")
        ->type_name("NAMES")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->needs(create);
    command.add_flag("--dry-run", options.dry_run,
                     "Read the files and say what would be done; write nothing");
}

void add_format_options(CLI::App& command, load_arguments& arguments) {
    command
        .add_option("--format", arguments.format,
                    "csv; tsv, which is CSV with tabs; or text, which is PostgreSQL's, with "
                    "backslash escapes; default: by the file's name")
        ->check(CLI::IsMember({"csv", "tsv", "text"}));
    command
        .add_option("--header", arguments.header,
                    "The first row: match (it names the columns), yes (it is ignored) or no (it is "
                    "a row like the others)")
        ->check(CLI::IsMember({"match", "yes", "no"}))
        ->capture_default_str();
    command
        .add_option("--delimiter", arguments.delimiter,
                    "The character between values, or \\t; default: a comma, in tsv and text a tab")
        ->type_name("CHARACTER");
    command.add_option("--quote", arguments.quote, "The character around values; default: \"")
        ->type_name("CHARACTER");
    command
        .add_option("--escape", arguments.escape,
                    "The character before a quote in a value; default: the quote")
        ->type_name("CHARACTER");
    command
        .add_option("--null", arguments.null_text,
                    "What stands for NULL, without quotes; default: nothing, in text \\N")
        ->type_name("TEXT");
}

void add_transaction_options(CLI::App& command, load_arguments& arguments) {
    load::load_options& options = arguments.options;
    command
        .add_option("--connections", options.connections,
                    "How many transactions run at the same time")
        ->check(CLI::Range(1, 1'000))
        ->capture_default_str();
    command
        .add_option("--rows-per-transaction", options.size.rows,
                    "DSQL's limit is 3000, of which the record of the progress takes one")
        ->check(CLI::Range(1, 2'999))
        ->capture_default_str();
    command
        .add_option("--bytes-per-transaction", options.size.bytes,
                    "Bytes of the file; DSQL's limit is 10 MiB, in which index entries count too")
        ->check(CLI::Range(1, 10 * 1024 * 1024))
        ->capture_default_str();
    command
        .add_option("--on-conflict", arguments.on_conflict,
                    "Rows that the table has already, by a unique key: error (they are rejected) "
                    "or skip (they are left as they are; slower)")
        ->check(CLI::IsMember({"error", "skip"}))
        ->capture_default_str();
    command
        .add_option("--verify", arguments.verify,
                    "After the load: count compares the number of rows, full also a checksum of "
                    "the values, for which it reads the files again")
        ->check(CLI::IsMember({"none", "count", "full"}))
        ->capture_default_str();
    command.add_flag(
        "--again", options.again,
        "Also load files whose load is recorded as complete, and those that were not as "
        "they are now when a load of them began, and loaded no row");
}

// In words: CLI11's own range would show the largest number there is.
std::string check_row_limit(const std::string& text) {
    constexpr std::size_t most_digits = 18;
    const bool is_number = !text.empty() && text.size() <= most_digits &&
                           text.find_first_not_of("0123456789") == std::string::npos;
    return is_number ? std::string() : "expected a number of rows, 0 or more, not \"" + text + "\"";
}

std::string check_path(const std::string& path) {
    return path.empty() ? "expected the name of a file" : "";
}

void add_report_options(CLI::App& command, load_arguments& arguments) {
    load::load_options& options = arguments.options;
    CLI::Option* const rejected =
        command
            .add_option("--rejected", options.rejected_path,
                        "A CSV file to which rejected rows are appended, with line and reason")
            ->type_name("FILE")
            ->check(CLI::Validator(check_path, ""));
    command
        .add_option("--max-rejected", options.max_rejected,
                    "How many rows may be rejected before the load ends")
        ->check(CLI::Validator(check_row_limit, ""))
        ->capture_default_str()
        ->needs(rejected);
    command
        .add_option("--progress", arguments.progress,
                    "On standard error: bar, json (a line each second), none, or auto (a bar on a "
                    "terminal, else json)")
        ->check(CLI::IsMember({"auto", "bar", "json", "none"}))
        ->capture_default_str();
}

}  // namespace

void add_load_command(CLI::App& app) {
    const auto arguments = std::make_shared<load_arguments>();
    CLI::App* const command = app.add_subcommand(
        "load", "Load CSV and TSV files into a table, each row exactly once, also after a crash");
    add_source_options(*command, *arguments);
    add_table_options(*command, *arguments);
    add_format_options(*command, *arguments);
    add_transaction_options(*command, *arguments);
    add_report_options(*command, *arguments);
    add_connection_options(*command, arguments->options.settings);
    command->callback([arguments] { run_load(*arguments); });
}

}  // namespace dsql_cli
