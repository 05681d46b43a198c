// SPDX-License-Identifier: Apache-2.0
#include "command_line/usage_error.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace command_line {

namespace {

// The Levenshtein distance in bytes: how many characters have to be inserted, removed or replaced
// to turn `one` into `other`.
std::size_t edit_distance(std::string_view one, std::string_view other) {
    // The distances between the part of `one` read so far and each beginning of `other`.
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (const char c : one) {
        std::size_t diagonal = row.front()++;
        for (std::size_t i = 1; i < row.size(); ++i) {
            const std::size_t replaced = diagonal + (c == other[i - 1] ? 0 : 1);
            diagonal = row[i];
            row[i] = std::min({replaced, row[i] + 1, row[i - 1] + 1});
        }
    }
    return row.back();
}

// Returns the command that was parsed last: "set" of "fault set".
const CLI::App& innermost(const CLI::App& app) {
    const std::vector<CLI::App*> parsed = app.get_subcommands();
    return parsed.empty() ? app : innermost(*parsed.back());
}

std::string subcommand_names(const CLI::App& app) {
    std::string names;
    for (const CLI::App* subcommand : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (!subcommand->get_group().empty()) {
            names += (names.empty() ? "" : ", ") + subcommand->get_name();
        }
    }
    return names;
}

// Returns the name that starts with `word` or has the most similar spelling; empty if none is
// similar.
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

std::string describe_unexpected(const std::vector<std::string>& unparsed, const CLI::App& app) {
    std::string text = unparsed.size() > 1 ? "unexpected arguments:" : "unexpected argument:";
    for (const std::string& word : unparsed) {
        text += " " + word;
    }
    const auto option = std::find_if(unparsed.begin(), unparsed.end(),
                                     [](const std::string& one) { return one.starts_with("--"); });
    return option == unparsed.end()
               ? text
               : text + did_you_mean(option->substr(0, option->find('=')), options_of(app));
}

std::string describe_unknown_command(const CLI::App& app,
                                     const std::vector<std::string>& unparsed) {
    const std::string known = "the commands are " + subcommand_names(app);
    const auto word = std::find_if(unparsed.begin(), unparsed.end(),
                                   [](const std::string& one) { return !one.starts_with('-'); });
    if (word != unparsed.end()) {
        std::vector<std::string> names;
        for (const CLI::App* subcommand :
             app.get_subcommands([](const CLI::App*) { return true; })) {
            if (!subcommand->get_group().empty()) {
                names.push_back(subcommand->get_name());
            }
        }
        return "unknown command \"" + *word + "\"" + did_you_mean(*word, names) + "; " + known;
    }
    return (unparsed.empty() ? std::string() : describe_unexpected(unparsed, app) + "; ") +
           "a command is missing; " + known;
}

// Adds to "--host is required" the environment variable that can replace the option, if any.
std::string describe_missing_option(const CLI::App& app, const std::string& problem) {
    const CLI::Option* const option = app.get_option_no_throw(problem.substr(0, problem.find(' ')));
    return option == nullptr || option->get_envname().empty()
               ? problem
               : problem + "; give it, or set " + option->get_envname();
}

}  // namespace

std::string describe_usage_error(const CLI::App& root, const CLI::ParseError& error) {
    const CLI::App& app = innermost(root);
    const std::vector<std::string> unparsed = root.remaining(true);
    if (!subcommand_names(app).empty()) {
        return describe_unknown_command(app, unparsed);
    }
    // Before CLI11's own error: if a required option is mistyped, that error only says that the
    // option is missing.
    if (!unparsed.empty()) {
        return describe_unexpected(unparsed, app);
    }
    return dynamic_cast<const CLI::RequiredError*>(&error) != nullptr
               ? describe_missing_option(app, error.what())
               : error.what();
}

}  // namespace command_line
