// SPDX-License-Identifier: Apache-2.0
#include "command_line/usage_problem.hpp"

#include "command_line/edit_distance.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace command_line {

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

// Nearest by spelling, or what the word is the beginning of; empty: none resembles it.
std::string nearest(const std::string& word, const std::vector<std::string>& known) {
    std::string best;
    std::size_t shortest = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string& one : known) {
        const std::size_t distance = one.starts_with(word) ? 1 : edit_distance(word, one);
        if (distance < shortest) {
            shortest = distance;
            best = one;
        }
    }
    return best;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
    constexpr std::size_t longest = 64;
    const std::string best = word.size() > longest ? std::string() : nearest(word, known);
    return best.empty() ? best : " (did you mean " + best + "?)";
}

std::vector<std::string> options_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) {
            if (!option->get_group().empty()) {
                names.push_back("--" + name);
            }
        }
    }
    return names;
}

std::string unexpected(const std::vector<std::string>& left, const CLI::App& app) {
    std::string text = left.size() > 1 ? "unexpected arguments:" : "unexpected argument:";
    for (const std::string& word : left) {
        text += " " + word;
    }
    const auto option = std::find_if(left.begin(), left.end(),
                                     [](const std::string& one) { return one.starts_with("--"); });
    return option == left.end()
               ? text
               : text + did_you_mean(option->substr(0, option->find('=')), options_of(app));
}

std::string unknown_command(const CLI::App& app, const std::vector<std::string>& left) {
    const std::string known = "the commands are " + names_below(app);
    const auto word = std::find_if(left.begin(), left.end(),
                                   [](const std::string& one) { return !one.starts_with('-'); });
    if (word != left.end()) {
        std::vector<std::string> names;
        for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; })) {
            if (!below->get_group().empty()) {
                names.push_back(below->get_name());
            }
        }
        return "unknown command \"" + *word + "\"" + did_you_mean(*word, names) + "; " + known;
    }
    return (left.empty() ? std::string() : unexpected(left, app) + "; ") +
           "a command is missing; " + known;
}

// "--host is required": what is read where it is missing may be set as well.
std::string what_is_missing(const CLI::App& app, const std::string& problem) {
    const CLI::Option* const option = app.get_option_no_throw(problem.substr(0, problem.find(' ')));
    return option == nullptr || option->get_envname().empty()
               ? problem
               : problem + "; give it, or set " + option->get_envname();
}

}  // namespace

std::string usage_problem(const CLI::App& root, const CLI::ParseError& error) {
    const CLI::App& app = innermost(root);
    const std::vector<std::string> left = root.remaining(true);
    if (!names_below(app).empty()) {
        return unknown_command(app, left);
    }
    // First: of a mistyped option CLI11 says no more than that the right one is missing.
    if (!left.empty()) {
        return unexpected(left, app);
    }
    return dynamic_cast<const CLI::RequiredError*>(&error) != nullptr
               ? what_is_missing(app, error.what())
               : error.what();
}

}  // namespace command_line
