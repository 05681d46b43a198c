// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/retry.hpp>

#include "cluster_session.hpp"
#include "commands.hpp"
#include "connection_options.hpp"
#include "format.hpp"
#include "grant/identity_arn.hpp"
#include "grant/role_access.hpp"
#include "terminal.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace dsql_cli {

namespace {

struct grant_arguments {
    dsql::config settings{};
    grant::role_access access{};
    bool is_read_only = false;
    bool is_read_write = false;
    bool is_dry_run = false;
};

void print_statements(const std::vector<grant::access_step>& steps) {
    for (const grant::access_step& step : steps) {
        if (!step.is_correction) {
            print_line(step.statement + ";", "the statements");
        }
    }
}

// Without the places in the source that the error of the library has.
[[noreturn]] void throw_failed(const grant::access_step& step, const dsql::server_error& failed) {
    const dsql::server_error_fields& fields = failed.fields();
    throw std::runtime_error(step.statement + ": " + to_single_line(fields.message) +
                             " (SQLSTATE " + fields.sqlstate + ")" +
                             (fields.hint.empty() ? "" : "; " + to_single_line(fields.hint)));
}

// Each attempt looks anew, because an earlier one may have succeeded although its connection broke.
void run_step(cluster_session& session, const grant::access_step& step) {
    const bool was_done =
        session.repeat(cluster_session::repeatable::always, [&](dsql::connection& used) {
            const bool is_done = step.is_done(used);
            if (!is_done) {
                dsql::execute_with_retry(used, patient, step.statement);
            }
            return is_done;
        });
    if (!was_done || !step.is_correction) {
        print_line((was_done ? "unchanged  " : "done       ") + step.statement, "what was done");
    }
}

void require_host(const grant_arguments& arguments) {
    if (arguments.settings.host.empty()) {
        throw CLI::RequiredError("--host");
    }
}

void run_steps(cluster_session& session, const std::vector<grant::access_step>& steps) {
    for (const grant::access_step& step : steps) {
        try {
            run_step(session, step);
        } catch (const dsql::server_error& failed) {
            throw_failed(step, failed);
        }
    }
}

// Rights that were granted before stay.
void warn_of_writes(cluster_session& session, const grant::role_access& access) {
    for (const std::string& schema : access.schemas) {
        if (session.repeat(cluster_session::repeatable::always, [&](dsql::connection& used) {
                return grant::may_write(used, access.role, schema);
            })) {
            std::string note = "note       " + access.role;
            note.append(" may also change tables of the schema ").append(schema);
            note.append(", by an earlier grant; dsql revoke ").append(access.role);
            note.append(" --schema ").append(schema).append(" takes all its rights back");
            print_line(note, "what was done");
        }
    }
}

void run_grant(grant_arguments& arguments) {
    arguments.access.access = arguments.is_read_only    ? grant::table_access::read_only
                              : arguments.is_read_write ? grant::table_access::read_write
                                                        : grant::table_access::none;
    const bool has_access = arguments.access.access != grant::table_access::none;
    if (has_access == arguments.access.schemas.empty()) {
        throw CLI::RequiredError(has_access ? "--schema, for --read-only and --read-write,"
                                            : "--read-only or --read-write, for --schema,");
    }
    const std::vector<grant::access_step> steps = grant::steps_to_grant(arguments.access);
    if (arguments.is_dry_run) {
        print_statements(steps);
        return;
    }
    require_host(arguments);
    set_up_interaction(arguments.settings);
    cluster_session session(arguments.settings);
    run_steps(session, steps);
    if (arguments.is_read_only) {
        warn_of_writes(session, arguments.access);
    }
    print_line(
        "next       let an IAM policy allow dsql:DbConnect on the cluster to this identity; "
        "dsql doctor --user " +
            arguments.access.role + " then tries it",
        "what was done");
}

void run_revoke(grant_arguments& arguments) {
    if (arguments.access.arn.empty() && arguments.access.schemas.empty()) {
        throw CLI::RequiredError("--iam or --schema");
    }
    const std::vector<grant::access_step> steps = grant::steps_to_revoke(arguments.access);
    if (arguments.is_dry_run) {
        print_statements(steps);
        return;
    }
    require_host(arguments);
    set_up_interaction(arguments.settings);
    cluster_session session(arguments.settings);
    // A name that is mistyped has no rights that could be taken back: that looks like success.
    if (!session.repeat(cluster_session::repeatable::always, [&](dsql::connection& used) {
            return grant::role_exists(used, arguments.access.role);
        })) {
        throw std::runtime_error("there is no database role " + arguments.access.role);
    }
    run_steps(session, steps);
}

void add_common_options(CLI::App& command, grant_arguments& arguments, bool needs_arn) {
    add_connection_options(command, arguments.settings);
    command.get_option("--host")->required(false);  // --dry-run needs none
    command.add_option("ROLE", arguments.access.role, "Database role")
        ->required()
        ->check(CLI::Validator(grant::check_role, ""));
    CLI::Option* const arn =
        command
            .add_option("--iam", arguments.access.arn,
                        "ARN of the IAM role or user that logs in as the database role")
            ->type_name("ARN")
            ->check(CLI::Validator(
                [](const std::string& text) { return grant::check_identity_arn(text); }, ""));
    arn->required(needs_arn);
    command.add_flag("--dry-run", arguments.is_dry_run,
                     "Print the statements and connect to nothing");
}

}  // namespace

void add_grant_command(CLI::App& app) {
    const auto arguments = std::make_shared<grant_arguments>();
    CLI::App* const command = app.add_subcommand(
        "grant",
        "Let an IAM role or user log in as a database role, which is made if it is missing");
    add_common_options(*command, *arguments, true);
    command
        ->add_option("--schema", arguments->access.schemas,
                     "Also let the database role use the tables that this schema has now; for "
                     "several schemas, repeat it")
        ->type_name("NAME")
        ->allow_extra_args(false);  // a name after it is the role
    CLI::Option* const reads =
        command->add_flag("--read-only", arguments->is_read_only, "Grant SELECT on the tables");
    command
        ->add_flag("--read-write", arguments->is_read_write,
                   "Grant SELECT, INSERT, UPDATE and DELETE on the tables, and USAGE of sequences")
        ->excludes(reads);
    command->callback([arguments] { run_grant(*arguments); });
}

void add_revoke_command(CLI::App& app) {
    const auto arguments = std::make_shared<grant_arguments>();
    CLI::App* const command = app.add_subcommand(
        "revoke", "Take back what dsql grant has granted; the database role is kept");
    add_common_options(*command, *arguments, false);
    command
        ->add_option("--schema", arguments->access.schemas,
                     "Take back all rights on this schema and its tables and sequences")
        ->type_name("NAME")
        ->allow_extra_args(false);  // a name after it is the role
    command->callback([arguments] { run_revoke(*arguments); });
}

}  // namespace dsql_cli
