// SPDX-License-Identifier: Apache-2.0
#include <dsql/config.hpp>
#include <dsql/token.hpp>

#include "commands.hpp"
#include "connection_options.hpp"
#include "terminal.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dsql_cli {

namespace {

using std::chrono::system_clock;

struct token_options {
    dsql::config settings{};
    long long expires_in = 900;
    std::string at{};
};

bool has_form(const std::string& text) {
    constexpr std::string_view form = "dddd-dd-ddTdd:dd:ddZ";
    return text.size() == form.size() &&
           std::equal(text.begin(), text.end(), form.begin(),
                      [](char c, char f) { return f == 'd' ? c >= '0' && c <= '9' : c == f; });
}

// Parses "2026-01-02T03:04:05Z". Returns std::nullopt for another form and for a time that does not
// exist or is not within the years 1970 to 2200.
std::optional<system_clock::time_point> parse_utc(const std::string& text) {
    if (!has_form(text)) {
        return std::nullopt;
    }
    const auto number = [&text](std::size_t start, std::size_t size) {
        return std::stoi(text.substr(start, size));
    };
    const std::chrono::year_month_day date{std::chrono::year(number(0, 4)),
                                           std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                           std::chrono::day(static_cast<unsigned>(number(8, 2)))};
    const std::chrono::hours hours(number(11, 2));
    const std::chrono::minutes minutes(number(14, 2));
    const std::chrono::seconds seconds(number(17, 2));
    const bool exists = date.ok() && number(0, 4) >= 1970 && number(0, 4) <= 2200 &&
                        hours.count() < 24 && minutes.count() < 60 && seconds.count() < 60;
    if (!exists) {
        return std::nullopt;
    }
    return std::chrono::sys_days(date) + hours + minutes + seconds;
}

std::string check_utc(const std::string& text) {
    return parse_utc(text)
               ? std::string()
               : "expected a UTC time such as 2026-01-02T03:04:05Z, not \"" + text + "\"";
}

void print_token(const token_options& options) {
    dsql::config settings = options.settings;
    settings.token_duration = std::chrono::seconds(options.expires_in);
    const auto at = options.at.empty() ? system_clock::now() : parse_utc(options.at).value();
    print_line(dsql::generate_token(settings, at), "the token");
}

}  // namespace

void add_token_command(CLI::App& app) {
    const auto options = std::make_shared<token_options>();
    CLI::App* const token =
        app.add_subcommand("token", "Print an IAM token: the password to connect with");
    add_login_options(*token, options->settings);
    token->add_option("--expires-in", options->expires_in, "Seconds the token is valid")
        ->check(CLI::Range(1LL, 604'800LL))
        ->capture_default_str();
    token->add_option("--at", options->at, "UTC time the token is valid from; default: now")
        ->check(CLI::Validator(check_utc, "YYYY-MM-DDThh:mm:ssZ"));
    token->callback([options] {
        set_up_interaction(options->settings);
        print_token(*options);
    });
}

}  // namespace dsql_cli
