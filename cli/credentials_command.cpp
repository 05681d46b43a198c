// SPDX-License-Identifier: Apache-2.0
#include <dsql/config.hpp>
#include <dsql/credentials.hpp>

#include "commands.hpp"
#include "format.hpp"
#include "terminal.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace dsql_cli {

namespace {

struct credentials_options {
    dsql::config settings{};
    bool explain = false;
};

// Formats credentials as a `credential_process` prints them. Source: AWS SDKs and Tools Reference
// Guide, "Process credential provider".
std::string to_process_output(const dsql::credentials& keys) {
    nlohmann::ordered_json document;
    document["Version"] = 1;
    document["AccessKeyId"] = keys.access_key_id;
    document["SecretAccessKey"] = keys.secret_access_key;
    if (!keys.session_token.empty()) {
        document["SessionToken"] = keys.session_token;
    }
    if (keys.expiration) {
        document["Expiration"] = format_utc(*keys.expiration);
    }
    if (!keys.account_id.empty()) {
        document["AccountId"] = keys.account_id;
    }
    return escape_controls(document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

const char* to_text(dsql::credentials_outcome outcome) {
    switch (outcome) {
        case dsql::credentials_outcome::provided:
            return "provided";
        case dsql::credentials_outcome::failed:
            return "failed";
        case dsql::credentials_outcome::declined:
            break;
    }
    return "declined";
}

void explain(const std::vector<dsql::credentials_attempt>& attempts) {
    for (const auto& [source, outcome, detail] : attempts) {
        std::cerr << source << ": " << to_text(outcome);
        if (!detail.empty()) {
            std::cerr << ": " << detail;
        }
        std::cerr << '\n';
    }
}

void explain(const dsql::credentials& keys) {
    std::cerr << "access key id: " << redact_key_id(keys.access_key_id)
              << (keys.session_token.empty() ? ", no session token" : ", with a session token");
    if (keys.expiration) {
        std::cerr << ", valid until " << format_utc(*keys.expiration);
    }
    if (!keys.account_id.empty()) {
        std::cerr << ", account " << keys.account_id;
    }
    std::cerr << '\n';
}

dsql::credentials fetch(const credentials_options& options) {
    std::vector<dsql::credentials_attempt> attempts;
    try {
        dsql::credentials keys = dsql::fetch_credentials(options.settings, &attempts);
        if (options.explain) {
            explain(attempts);
            explain(keys);
        }
        return keys;
    } catch (...) {
        if (options.explain) {
            explain(attempts);
        }
        throw;
    }
}

void print_credentials(const credentials_options& options) {
    print_line(to_process_output(fetch(options)), "the credentials");
}

}  // namespace

void add_credentials_command(CLI::App& app) {
    const auto options = std::make_shared<credentials_options>();
    CLI::App* const command = app.add_subcommand(
        "credentials", "Print the AWS credentials in use, in the form of a credential_process");
    command
        ->add_option("--profile", options->settings.profile,
                     "Profile of the shared AWS files; default: the default chain")
        ->type_name("PROFILE");
    command
        ->add_option("--region", options->settings.region,
                     "Region of the AWS services; default: AWS_REGION, "
                     "AWS_DEFAULT_REGION or the profile")
        ->type_name("REGION");
    command->add_flag(
        "--explain", options->explain,
        "Print to standard error which source gave the credentials, and why earlier ones did not");
    command->callback([options] {
        set_up_interaction(options->settings);
        print_credentials(*options);
    });
}

}  // namespace dsql_cli
