// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include "command_line/text_commands.hpp"
#include "command_line/usage_error.hpp"
#include "faults/fault_table.hpp"
#include "login/test_keys.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace dsql_local {
namespace {

constexpr std::uint16_t serve_port = 5433;
constexpr std::uint32_t max_connections = 1'000'000;

// The values that CLI11 sets. finish() computes the rest of `options` from them.
struct raw_options {
    options parsed;
    std::optional<std::uint16_t> port;
    std::int64_t login_timeout = 10;
    std::int64_t time_offset = 0;
    std::string dialect = "dsql";
    std::string session_token;
    bool no_session_token = false;
    bool no_limits = false;
    std::vector<std::string> identities;
    double transaction_time_limit = 300;
    double session_time_limit = 3600;
    double job_time = 0.2;
    std::optional<std::filesystem::path> data_by_its_old_name;
};

std::string check_region(const std::string& text) {
    const bool is_valid =
        !text.empty() &&
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
    return is_valid ? "" : "not a region: " + text;
}

std::string check_user(const std::string& text) {
    const bool is_valid = !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ';
    });
    return is_valid ? "" : "not the name of a role: " + text;
}

std::string check_address(const std::string& text) {
    boost::system::error_code error;
    boost::asio::ip::make_address(text, error);
    return !error ? "" : "not an IP address: " + text;
}

bool is_loopback(const std::string& address) {
    return boost::asio::ip::make_address(address).is_loopback();
}

// The message does not contain the text, which is a secret.
std::string check_key(const std::string& text) {
    return is_key_text(text) ? "" : "must be printable ASCII without spaces";
}

std::string check_identity(const std::string& text) {
    try {
        parse_identity(text, "us-east-1");
        return "";
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
}

void add_network_options(CLI::App& app, raw_options& raw) {
    app.add_option("--listen-address", raw.parsed.listen_address,
                   "Loopback address to listen on [127.0.0.1]")
        ->check(CLI::Validator(check_address, ""));
    app.add_flag("--allow-remote", raw.parsed.allow_remote,
                 "Let --listen-address be any address, in a container for example, so that other "
                 "machines reach the endpoint, if they have the keys");
    app.add_option("--port", raw.port,
                   "TCP port to listen on, 0 for any free one [serve: 5433, run: 0]");
    app.add_option("--login-timeout", raw.login_timeout, "Time limit for a login in seconds [10]")
        ->check(CLI::Range(1, 3600));
    app.add_option("--time-offset", raw.time_offset,
                   "Seconds to move the endpoint's clock ahead, to see tokens expire [0]")
        ->check(CLI::Range(-1'000'000'000, 1'000'000'000));
    app.add_option("--message-size-limit", raw.parsed.message_size_limit,
                   "Bytes that a client may send in one message; 0 for no limit but PostgreSQL's "
                   "[10485760]")
        ->check(CLI::Range(std::uint32_t{0}, std::numeric_limits<std::uint32_t>::max()));
    app.add_flag("--verbose", raw.parsed.verbose,
                 "Log each session, statement and refusal to standard error, a line each");
}

// The defaults are the quotas of an Aurora DSQL cluster.
void add_rate_options(CLI::App& app, raw_options& raw) {
    app.add_option("--connection-rate", raw.parsed.connection_rate,
                   "New sessions per second; more are rejected as by DSQL; 0 for no limit "
                   "[100]")
        ->check(CLI::Range(0U, max_connections));
    app.add_option("--connection-burst", raw.parsed.connection_burst,
                   "New sessions allowed at once before --connection-rate applies [1000]")
        ->check(CLI::Range(1U, max_connections));
    app.add_option("--connection-limit", raw.parsed.connection_limit,
                   "Open sessions at once, 0 for no limit [10000]")
        ->check(CLI::Range(0U, max_connections));
}

std::chrono::nanoseconds from_seconds(double seconds) {
    return std::chrono::round<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

// Rejects NaN, which CLI::Range accepts.
std::string check_number(const std::string& text) {
    double number = 0;
    return CLI::detail::lexical_cast(text, number) && !std::isnan(number) ? ""
                                                                          : "not a number: " + text;
}

// The defaults are the limits of an Aurora DSQL cluster.
void add_database_limits(CLI::App& app, database_limits& limits) {
    constexpr std::uint64_t most = 1'000'000'000'000;
    for (std::size_t i = 0; i < limits.size(); ++i) {
        const auto& [name, standard, text] = limit_descriptions[i];
        app.add_option("--" + std::string(name) + "-limit", limits[i],
                       std::string(text) + ", 0 for no limit [" + std::to_string(standard) + "]")
            ->check(CLI::Range(std::uint64_t{0}, most));
    }
}

// The defaults are the limits of an Aurora DSQL cluster.
void add_limit_options(CLI::App& app, raw_options& raw) {
    constexpr double max_seconds = 1'000'000;
    add_database_limits(app, raw.parsed.server.limits);
    app.add_flag("--no-limits", raw.no_limits,
                 "None of the limits above, for tests that need more than DSQL allows");
    app.add_option("--transaction-time-limit", raw.transaction_time_limit,
                   "Seconds a transaction may last, 0 for no limit [300]")
        ->check(CLI::Validator(check_number, ""))
        ->check(CLI::Range(0.0, max_seconds));
    app.add_option("--session-time-limit", raw.session_time_limit,
                   "Seconds after which a session is closed, 0 for no limit [3600]")
        ->check(CLI::Validator(check_number, ""))
        ->check(CLI::Range(0.0, max_seconds));
    app.add_option("--job-time", raw.job_time,
                   "Seconds for which a job of CREATE INDEX ASYNC is shown as running [0.2]")
        ->check(CLI::Validator(check_number, ""))
        ->check(CLI::Range(0.0, max_seconds));
}

void add_admin_socket(CLI::App& app, raw_options& raw, const std::string& text) {
    app.add_option("--admin-socket", raw.parsed.admin_socket, text)->type_name("FILE");
}

void add_fault_options(CLI::App& app, raw_options& raw) {
    add_admin_socket(app, raw,
                     "Unix socket that takes the requests of dsql-local fault [one in the "
                     "endpoint's directory]");
    app.add_option("--fault-seed", raw.parsed.fault_seed,
                   "Seed of the random numbers for faults with a probability [0]");
}

void add_key_options(CLI::App& app, raw_options& raw) {
    test_keys& keys = raw.parsed.keys;
    app.add_option("--region", keys.region, "Region of the endpoint [us-east-1]")
        ->check(CLI::Validator(check_region, ""));
    app.add_option("--user", raw.parsed.user,
                   "Role to set the environment up for. It may log in without AWS IAM GRANT, once "
                   "admin has created it [admin]")
        ->check(CLI::Validator(check_user, ""));
    const CLI::Validator key_text(check_key, "");
    CLI::Option* id = app.add_option("--access-key-id", keys.access_key_id,
                                     "Access key id of the test keys [a new one at each start]")
                          ->check(key_text);
    CLI::Option* secret =
        app.add_option("--secret-access-key", keys.secret_access_key,
                       "Secret key of the test keys. Anyone on this machine can read a command "
                       "line: use --keys-file where that matters [a new one at each start]")
            ->check(key_text);
    CLI::Option* token =
        app.add_option("--session-token", raw.session_token,
                       "Session token of the test keys (test keys only) [a new one at each start]")
            ->check(key_text);
    CLI::Option* no_token = app.add_flag("--no-session-token", raw.no_session_token,
                                         "Test keys without a session token")
                                ->excludes(token);
    app.add_option(
           "--keys-file", raw.parsed.keys_file,
           "File of the test keys, read at every login, so that a rename to its name rotates "
           "them: lines access_key_id=, secret_access_key= and, if any, session_token=")
        ->excludes(id, secret, token, no_token)
        ->type_name("FILE");
    app.add_option(
           "--identity", raw.identities,
           "Another IAM identity, which may log in as the roles that AWS IAM GRANT grants to "
           "it: the name or the ARN of a role or user; may be repeated. Its keys are random "
           "unless given (test keys only)")
        ->check(CLI::Validator(check_identity, ""))
        ->type_name("NAME[:KEY-ID:SECRET[:SESSION-TOKEN]]")
        ->allow_extra_args(false);
}

void add_server_options(CLI::App& app, raw_options& raw) {
    app.add_option("--postgres-bindir", raw.parsed.postgres_bindir,
                   "Folder of PostgreSQL's initdb and postgres")
        ->type_name("DIRECTORY");
    app.add_option("--data", raw.parsed.data_directory,
                   "Keep the databases in this directory, and use them again [a temporary one]")
        ->type_name("DIRECTORY");
    app.add_option("--data-directory", raw.data_by_its_old_name, "The name of --data until 0.1")
        ->type_name("DIRECTORY")
        ->group("");  // not shown
    app.add_option("--ca-file", raw.parsed.ca_file,
                   "Write the certificate authority to this file [ca.pem in the endpoint's "
                   "directory]")
        ->type_name("FILE");
}

std::string check_dialect(const std::string& text) {
    return text == "dsql" || text == "postgres" ? "" : "neither dsql nor postgres: " + text;
}

void add_dialect_option(CLI::App& app, raw_options& raw) {
    app.add_option(
           "--dialect", raw.dialect,
           "Which SQL to accept. dsql: what Aurora DSQL does not have is refused; postgres: "
           "nothing is refused, if you only need the login, TLS and faults [dsql]")
        ->check(CLI::Validator(check_dialect, ""))
        ->type_name("{dsql,postgres}");
}

void add_all_options(CLI::App& app, raw_options& raw) {
    add_dialect_option(app, raw);
    add_network_options(app, raw);
    add_rate_options(app, raw);
    add_limit_options(app, raw);
    add_fault_options(app, raw);
    add_key_options(app, raw);
    add_server_options(app, raw);
}

// The arguments of `fault`, which become a request to the admin channel.
struct fault_arguments {
    std::string name;
    std::string probability;
    std::string times;
    std::string value;

    std::string request(const std::string& command) const {
        std::string text = command;
        const auto add = [&text](const std::string& prefix, const std::string& word) {
            text += word.empty() ? "" : " " + prefix + word;
        };
        add("", name);
        add("probability=", probability);
        add("times=", times);
        add("value=", value);
        return text;
    }
};

// A request is one line of words, so an argument must be a single word.
std::string check_word(const std::string& text) {
    const bool is_valid = !text.empty() && text.find_first_of(" \t\r\n\v\f") == std::string::npos;
    return is_valid ? "" : "not one word: " + text;
}

// Returns "{delay,close-after}", the notation that CLI11 uses for a set of values. The endpoint
// checks the name, because it may know other faults than this program.
std::string list_fault_choices() {
    std::string names = fault_names();
    names.erase(std::remove(names.begin(), names.end(), ' '), names.end());
    return "{" + names + "}";
}

void add_fault_command(CLI::App& app, raw_options& raw, fault_arguments& arguments) {
    CLI::App* fault =
        app.add_subcommand("fault", "Inject a fault into a running endpoint: " + fault_names() +
                                        ". See docs/dsql-local.md for what they do");
    add_admin_socket(*fault, raw, "Admin socket of the endpoint [DSQL_LOCAL_ADMIN_SOCKET]");
    fault->require_subcommand(1);
    fault->fallthrough();
    const CLI::Validator one_word(check_word, "");
    CLI::App* set = fault->add_subcommand("set", "Set a fault, also for sessions that are open");
    set->add_option("name", arguments.name, "Name of the fault")
        ->required()
        ->check(one_word)
        ->type_name(list_fault_choices());
    set->add_option("--probability", arguments.probability, "Probability of a strike, above 0 [1]")
        ->check(one_word);
    set->add_option("--times", arguments.times, "Maximum number of strikes [no limit]")
        ->check(one_word);
    set->add_option("--value", arguments.value,
                    "delay: milliseconds; close-after: bytes; server-unavailable-at-commit: "
                    "committed or rolled-back")
        ->check(one_word);
    fault->add_subcommand("list", "Show the faults that are set, a line for each");
    CLI::App* clear = fault->add_subcommand("clear", "Clear one fault or all");
    clear->add_option("name", arguments.name, "Name of the fault [all]")
        ->check(one_word)
        ->type_name(list_fault_choices());
}

// What the options do not fix is random. Throws keys_file_error.
test_keys choose_keys(const raw_options& raw, const options& parsed) {
    if (parsed.keys_file) {
        return read_identities(*parsed.keys_file, parsed.keys.region).front().keys;
    }
    test_keys keys = random_keys(parsed.keys.region);
    if (!parsed.keys.access_key_id.empty()) {
        keys.access_key_id = parsed.keys.access_key_id;
    }
    if (!parsed.keys.secret_access_key.empty()) {
        keys.secret_access_key = parsed.keys.secret_access_key;
    }
    if (raw.no_session_token) {
        keys.session_token.reset();
    } else if (!raw.session_token.empty()) {
        keys.session_token = raw.session_token;
    }
    return keys;
}

// What is wrong with options that are right one by one.
std::optional<std::string> find_contradiction(const raw_options& raw) {
    const options& parsed = raw.parsed;
    if (parsed.data_directory && raw.data_by_its_old_name) {
        return "--data and --data-directory are one option: give only --data";
    }
    if (!parsed.allow_remote && !is_loopback(parsed.listen_address)) {
        return "--listen-address: not a loopback address: " + parsed.listen_address +
               "; --allow-remote allows others";
    }
    return std::nullopt;
}

// On DSQL, a writer does not wait for another. Who holds a lock gives way, and only for who cannot
// is there a wait. If PostgreSQL's locks decide, a short time-out soon shows the conflict.
std::chrono::milliseconds choose_lock_timeout(sql_dialect dialect) {
    return std::chrono::milliseconds(decides_conflicts_at_commit(dialect) ? 2000 : 10);
}

// Throws keys_file_error.
options finish(raw_options raw, const CLI::App& run) {
    options parsed = std::move(raw.parsed);
    parsed.kind = run.parsed() ? command_kind::run : command_kind::serve;
    parsed.port = raw.port.value_or(run.parsed() ? std::uint16_t{0} : serve_port);
    parsed.login_timeout = std::chrono::seconds(raw.login_timeout);
    parsed.time_offset = std::chrono::seconds(raw.time_offset);
    parsed.dialect = raw.dialect == "dsql" ? sql_dialect::dsql : sql_dialect::postgres;
    parsed.limits = {.transaction = from_seconds(raw.transaction_time_limit),
                     .session = from_seconds(raw.session_time_limit)};
    if (raw.no_limits) {
        parsed.server.limits = {};
        parsed.message_size_limit = 0;
        parsed.connection_rate = 0;
        parsed.connection_limit = 0;
    }
    parsed.server.admin_is_superuser = parsed.dialect == sql_dialect::postgres;
    parsed.server.lock_timeout = choose_lock_timeout(parsed.dialect);
    parsed.server.job_time =
        std::chrono::round<std::chrono::milliseconds>(from_seconds(raw.job_time));
    parsed.keys = choose_keys(raw, parsed);
    for (const std::string& identity : raw.identities) {
        parsed.identities.push_back(parse_identity(identity, parsed.keys.region));
    }
    if (raw.data_by_its_old_name) {
        parsed.data_directory = raw.data_by_its_old_name;
    }
    return parsed;
}

int count_arguments_before_separator(int argc, const char* const* argv) {
    const auto* end = argv + argc;
    const auto* separator = std::find(argv, end, std::string_view("--"));
    return static_cast<int>(separator - argv);
}

exit_status report_usage_error(const std::string& problem) {
    std::cerr << "dsql-local: " << problem << "\nTry dsql-local --help.\n";
    return usage_error;
}

}  // namespace

std::variant<options, exit_status> parse_options(int argc, const char* const* argv) {
    raw_options raw;
    CLI::App app("A stand-in for an Amazon Aurora DSQL endpoint, for tests on one machine.",
                 "dsql-local");
    app.set_version_flag("--version", "dsql-local " DSQL_LOCAL_VERSION);
    app.require_subcommand(1);
    CLI::App* serve = app.add_subcommand("serve", "Run an endpoint until Ctrl-C");
    CLI::App* run = app.add_subcommand(
        "run", "Run a command beside an endpoint: dsql-local run [OPTIONS] -- COMMAND [ARGS...]");
    add_all_options(*serve, raw);
    add_all_options(*run, raw);
    serve
        ->add_option("--env-file", raw.parsed.env_file,
                     "Write the environment for a client to this file, which only you can read, "
                     "as commands for a shell. It is removed at the end")
        ->type_name("FILE");
    fault_arguments arguments;
    add_fault_command(app, raw, arguments);
    command_line::add_text_commands(app, DSQL_LOCAL_VERSION);

    // CLI11 does not get the command after "--", because it would interpret arguments such as
    // [a,b].
    const int own_count = count_arguments_before_separator(argc, argv);
    try {
        app.parse(own_count, argv);
    } catch (const CLI::Success& help_or_version) {
        const exit_status status = app.exit(help_or_version);
        if (!std::cout.flush()) {
            throw std::runtime_error("cannot write to standard output");
        }
        return status;
    } catch (const CLI::ParseError& error) {
        return report_usage_error(command_line::describe_usage_error(app, error));
    }
    if (command_line::ran_text_command(app)) {
        return exit_status{0};
    }
    if (run->parsed() && argc - own_count < 2) {
        return report_usage_error(
            "run needs a command: dsql-local run [OPTIONS] -- COMMAND [ARGS...]");
    }
    if (!run->parsed() && own_count < argc) {
        return report_usage_error("only run takes a command");
    }
    if (const CLI::App* fault = app.get_subcommand("fault"); fault->parsed()) {
        raw.parsed.kind = command_kind::fault;
        // Not an envname() of CLI11: that would also apply to an endpoint that is started within
        // the command of another endpoint.
        if (const char* set = std::getenv("DSQL_LOCAL_ADMIN_SOCKET");
            !raw.parsed.admin_socket && set != nullptr && *set != '\0') {
            raw.parsed.admin_socket = set;
        }
        raw.parsed.fault_request = arguments.request(fault->get_subcommands().front()->get_name());
        return raw.parsed;
    }
    if (const auto problem = find_contradiction(raw)) {
        return report_usage_error(*problem);
    }
    try {
        options parsed = finish(std::move(raw), *run);
        parsed.command.assign(argv + std::min(own_count + 1, argc), argv + argc);
        return parsed;
    } catch (const keys_file_error& error) {
        return report_usage_error(error.what());
    }
}

}  // namespace dsql_local
