// SPDX-License-Identifier: Apache-2.0
#include "command_line/describe.hpp"

#include <CLI/CLI.hpp>

#include <sstream>

namespace command_line {

namespace {

std::vector<std::string> with_dashes(const CLI::Option& option) {
    std::vector<std::string> names;
    for (const std::string& name : option.get_snames()) {
        names.push_back("-" + name);
    }
    for (const std::string& name : option.get_lnames()) {
        names.push_back("--" + name);
    }
    return names;
}

// "{bash,fish,zsh}" is how CLI11 shows a set of values.
std::vector<std::string> choices_in(const std::string& type) {
    const std::size_t start = type.find('{');
    const std::size_t end = type.find('}');
    std::vector<std::string> choices;
    if (start == std::string::npos || end == std::string::npos || end < start) {
        return choices;
    }
    std::istringstream list(type.substr(start + 1, end - start - 1));
    for (std::string choice; std::getline(list, choice, ',');) {
        choices.push_back(choice);
    }
    return choices;
}

// "INT in [1 - 100]": the type, and what a check adds to it.
void describe_value(const CLI::Option& option, option_description& into) {
    if (option.get_items_expected_max() == 0) {
        return;
    }
    const std::string type = option.get_type_name();
    const std::size_t end = type.find_first_of(" :");
    into.value = type.empty() ? "VALUE" : type.substr(0, end);
    into.choices = choices_in(type);
    const std::size_t range = type.find("in [");
    if (range != std::string::npos) {
        into.range = type.substr(range);
    }
}

// "-- COMMAND" of "Run a command: dsql-local run -- COMMAND"; CLI11 has no place for it.
std::string behind_mark_in(const std::string& text) {
    for (const char* mark : {" [-- ", " -- "}) {
        if (const std::size_t at = text.find(mark); at != std::string::npos) {
            return text.substr(at + 1);
        }
    }
    return {};
}

option_description describe(const CLI::Option& option) {
    option_description described{.names = with_dashes(option),
                                 .positional = option.get_name(true),
                                 .text = option.get_description(),
                                 .default_value = option.get_default_str(),
                                 .is_required = option.get_required()};
    describe_value(option, described);
    return described;
}

}  // namespace

command_description describe(const CLI::App& app) {
    command_description described{
        .name = app.get_name(), .text = app.get_description(), .footer = app.get_footer()};
    described.behind_mark = behind_mark_in(described.text);
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_group().empty()) {
            auto& list = option->nonpositional() ? described.options : described.positionals;
            list.push_back(describe(*option));
        }
    }
    const auto is_shown = [](const CLI::App* command) {
        return !command->get_group().empty();
    };
    for (const CLI::App* command : app.get_subcommands(is_shown)) {
        described.commands.push_back(describe(*command));
    }
    return described;
}

}  // namespace command_line
