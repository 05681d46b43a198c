// SPDX-License-Identifier: Apache-2.0
#include "cli_text/usage_problem.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <vector>

namespace cli_text {

namespace {

// The command that was parsed last: "set" of "fault set".
const CLI::App& innermost(const CLI::App& app) {
    const std::vector<CLI::App*> parsed = app.get_subcommands();
    return parsed.empty() ? app : innermost(*parsed.back());
}

std::string names_below(const CLI::App& app) {
    std::string names;
    for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (!below->get_group().empty()) {
            names += (names.empty() ? "" : ", ") + below->get_name();
        }
    }
    return names;
}

std::string unexpected(const std::vector<std::string>& left) {
    std::string text = left.size() > 1 ? "unexpected arguments:" : "unexpected argument:";
    for (const std::string& word : left) {
        text += " " + word;
    }
    return text;
}

std::string unknown_command(const CLI::App& app, const std::vector<std::string>& left) {
    const std::string known = "the commands are " + names_below(app);
    const auto word = std::find_if(left.begin(), left.end(),
                                   [](const std::string& one) { return !one.starts_with('-'); });
    if (word != left.end()) {
        return "unknown command \"" + *word + "\"; " + known;
    }
    return (left.empty() ? std::string() : unexpected(left) + "; ") + "a command is missing; " +
           known;
}

}  // namespace

std::string usage_problem(const CLI::App& root, const CLI::ParseError& error) {
    const CLI::App& app = innermost(root);
    const std::vector<std::string> left = root.remaining(true);
    if (!names_below(app).empty()) {
        return unknown_command(app, left);
    }
    return dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !left.empty()
               ? unexpected(left)
               : error.what();
}

}  // namespace cli_text
