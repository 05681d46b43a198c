// SPDX-License-Identifier: Apache-2.0
#include "token_command.hpp"

#include <dsql/config.hpp>
#include <dsql/token.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace dsql_cli {

namespace {

using std::chrono::system_clock;

struct token_options {
    dsql::config settings{};
    long long expires_in = 900;
    std::string at{};
};

// "2026-01-02T03:04:05Z" as a moment; none when it is not of that form or names no real time.
std::optional<system_clock::time_point> parse_moment(const std::string& text) {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int end = 0;
    // NOLINTNEXTLINE(cert-err34-c): the fields' widths are bounded, their ranges checked below
    if (std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2dZ%n", &year, &month, &day, &hour, &minute,
                    &second, &end) != 6 ||
        end != 20 || text.size() != 20) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
        second > 59) {
        return std::nullopt;
    }
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
}

std::string check_moment(const std::string& text) {
    return parse_moment(text)
               ? std::string()
               : "expected a UTC time such as 2026-01-02T03:04:05Z, not \"" + text + "\"";
}

void print_token(const token_options& options) {
    dsql::config settings = options.settings;
    settings.token_duration = std::chrono::seconds(options.expires_in);
    const auto at = options.at.empty() ? system_clock::now() : parse_moment(options.at).value();
    std::cout << dsql::generate_token(settings, at) << '\n' << std::flush;
    if (!std::cout) {
        throw std::runtime_error("cannot write the token to standard output");
    }
}

}  // namespace

void add_token_command(CLI::App& app) {
    const auto options = std::make_shared<token_options>();
    CLI::App* const token =
        app.add_subcommand("token", "Print an IAM token: the password to connect with");
    token
        ->add_option("--host", options->settings.host,
                     "The cluster's endpoint, or its 26-character identifier")
        ->required();
    token->add_option(
        "--region", options->settings.region,
        "AWS region; default: from the host, AWS_REGION, AWS_DEFAULT_REGION or the profile");
    token->add_option("--user", options->settings.user, "Database role")->capture_default_str();
    token->add_option("--profile", options->settings.profile,
                      "Profile of the shared AWS files to take the credentials from");
    token->add_option("--expires-in", options->expires_in, "Seconds the token is valid")
        ->check(CLI::Range(1LL, 604'800LL))
        ->capture_default_str();
    token->add_option("--at", options->at, "UTC time the token is valid from; default: now")
        ->check(CLI::Validator(check_moment, "YYYY-MM-DDThh:mm:ssZ"));
    token->callback([options] { print_token(*options); });
}

}  // namespace dsql_cli
