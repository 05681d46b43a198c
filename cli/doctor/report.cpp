// SPDX-License-Identifier: Apache-2.0
#include "doctor/report.hpp"

#include <dsql/version.hpp>

#include "format.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace dsql_cli::doctor {

namespace {

constexpr std::size_t result_width = 9;
constexpr std::size_t check_width = summary_column - result_width;

std::string padded(std::string_view text, std::size_t width) {
    std::string wide(text);
    wide.resize(std::max(width, wide.size()), ' ');
    return wide;
}

const char* color_code(outcome result) {
    switch (result) {
        case outcome::ok:
            return "\033[32m";
        case outcome::warning:
            return "\033[33m";
        case outcome::failed:
            return "\033[1;31m";
        case outcome::skipped:
            break;
    }
    return "\033[2m";
}

using json = nlohmann::ordered_json;

json to_json(const check_finding& named) {
    const auto& [check, found] = named;
    json facts = json::object();
    for (const auto& [name, value] : found.facts) {
        std::visit([&facts, &key = name](const auto& held) { facts[key] = held; }, value);
    }
    return {{"check", check},
            {"result", to_string(found.result)},
            {"summary", to_single_line(found.summary)},
            {"advice", to_single_line(found.advice)},
            {"facts", facts}};
}

json to_json(const std::optional<failed_check>& first) {
    if (!first) {
        return nullptr;
    }
    return {{"check", first->check},
            {"summary", to_single_line(first->summary)},
            {"advice", to_single_line(first->advice)}};
}

}  // namespace

std::string_view to_string(outcome result) {
    switch (result) {
        case outcome::ok:
            return "ok";
        case outcome::warning:
            return "warning";
        case outcome::failed:
            return "failed";
        case outcome::skipped:
            break;
    }
    return "skipped";
}

std::string colorize(std::string line, outcome result) {
    return line.insert(std::min(result_width, line.size()), "\033[0m")
        .insert(0, color_code(result));
}

std::string format_line(std::string_view check, const finding& found) {
    std::string line = padded(to_string(found.result), result_width);
    line += padded(check, check_width) + to_single_line(found.summary);
    if (!found.advice.empty()) {
        line += " -> " + to_single_line(found.advice);
    }
    return line;
}

bool use_colors() {
    const char* const no_color = std::getenv("NO_COLOR");
    const char* const terminal = std::getenv("TERM");
    return isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0') &&
           terminal != nullptr && std::string_view(terminal) != "dumb";
}

std::string json_report(const std::vector<check_finding>& all,
                        const std::optional<failed_check>& first) {
    json document = {{"version", dsql::version},
                     {"exit_status", first ? first->exit_status : 0},
                     {"first_failure", to_json(first)},
                     {"checks", json::array()}};
    for (const check_finding& one : all) {
        document["checks"].push_back(to_json(one));
    }
    // Messages of servers are not always valid UTF-8.
    return escape_controls(document.dump(2, ' ', false, json::error_handler_t::replace));
}

}  // namespace dsql_cli::doctor
