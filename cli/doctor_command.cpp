// SPDX-License-Identifier: Apache-2.0
#include "command_line/wrap.hpp"
#include "commands.hpp"
#include "connection_options.hpp"
#include "doctor/doctor.hpp"
#include "doctor/report.hpp"
#include "harmless_output.hpp"
#include "table_name.hpp"
#include "terminal.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_cli {

namespace {

constexpr const char* default_table = "dsql_doctor";

struct doctor_options {
    doctor::check_options checks{};
    double timeout = 10;
    long long round_trip_limit = 300;
    bool write_check = false;
    std::string table = default_table;
    bool as_json = false;
};

// Rejects NaN, which CLI::Range accepts.
std::string check_number(const std::string& text) {
    double number = 0;
    return CLI::detail::lexical_cast(text, number) && !std::isnan(number)
               ? std::string()
               : "expected a number, not \"" + text + "\"";
}

doctor::check_options check_options_from(const doctor_options& options) {
    doctor::check_options checks = options.checks;
    set_up_interaction(checks.settings);
    checks.timeout = std::chrono::round<std::chrono::milliseconds>(
        std::chrono::duration<double>(options.timeout));
    checks.round_trip_limit = std::chrono::milliseconds(options.round_trip_limit);
    checks.write_table = options.write_check ? options.table : std::string();
    return checks;
}

std::optional<doctor::failed_check> report_text(const doctor::check_options& checks) {
    const bool colored = doctor::use_colors();
    const std::size_t width = command_line::terminal_width(STDOUT_FILENO);
    return doctor::run_checks(
        checks, [colored, width](std::string_view check, const doctor::finding& found) {
            const std::string line = command_line::wrap(doctor::format_line(check, found), width,
                                                        doctor::summary_column);
            const harmless_output::with_colors colors;  // format_line leaves no other escapes
            print_line(colored ? doctor::colorize(line, found.result) : line, "the report");
        });
}

std::optional<doctor::failed_check> report_json(const doctor::check_options& checks) {
    std::vector<doctor::check_finding> all;
    auto first =
        doctor::run_checks(checks, [&all](std::string_view check, const doctor::finding& found) {
            all.emplace_back(check, found);
        });
    print_line(doctor::json_report(all, first), "the report");
    return first;
}

void run_doctor(const doctor_options& options) {
    // OpenSSL may write to a socket that the peer has closed, which would raise SIGPIPE.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    const doctor::check_options checks = check_options_from(options);
    const auto first = options.as_json ? report_json(checks) : report_text(checks);
    if (first) {
        throw exit_status{first->exit_status};
    }
}

void add_own_options(CLI::App& command, doctor_options& options) {
    command.add_option("--timeout", options.timeout, "Seconds for each step over the network")
        ->check(CLI::Validator(check_number, ""))
        ->check(CLI::Range(0.1, 600.0))
        ->capture_default_str();
    command
        .add_option("--round-trip-limit", options.round_trip_limit,
                    "Milliseconds; the check fails if the median round trip takes longer")
        ->check(CLI::Range(1LL, 60'000LL))
        ->capture_default_str();
    CLI::Option* const write =
        command.add_flag("--write-check", options.write_check,
                         "Also insert, commit and remove a row; creates the table if it is "
                         "missing, and keeps it");
    command.add_option("--table", options.table, "The table for --write-check")
        ->check(CLI::Validator(check_table_name, "NAME"))
        ->capture_default_str()
        ->needs(write);
    command.add_flag("--json", options.as_json, "Print the report as one JSON document");
}

}  // namespace

void add_doctor_command(CLI::App& app) {
    const auto options = std::make_shared<doctor_options>();
    CLI::App* const command = app.add_subcommand(
        "doctor", "Find out why a cluster cannot be reached or used: all checks, in order");
    add_connection_options(*command, options->checks.settings);
    add_own_options(*command, *options);
    command->footer("Exit status, by the first check that failed:\n" +
                    doctor::format_exit_statuses());
    command->callback([options] { run_doctor(*options); });
}

}  // namespace dsql_cli
