// SPDX-License-Identifier: Apache-2.0
#include "command_line/command_description.hpp"

#include <CLI/CLI.hpp>

#include <sstream>

namespace command_line {

namespace {

std::vector<std::string> option_names(const CLI::Option& option) {
    std::vector<std::string> names;
    for (const std::string& name : option.get_snames()) {
        names.push_back("-" + name);
    }
    for (const std::string& name : option.get_lnames()) {
        names.push_back("--" + name);
    }
    return names;
}

// Parses the notation that CLI11 uses for a set of values: "{bash,fish,zsh}".
std::vector<std::string> parse_choices(const std::string& type) {
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

// Parses a type name such as "INT in [1 - 100]". A CLI::Range check adds the range.
void describe_value(const CLI::Option& option, option_description& description) {
    if (option.get_items_expected_max() == 0) {
        return;
    }
    const std::string type = option.get_type_name();
    const std::size_t end = type.find_first_of(" :");
    description.value = type.empty() ? "VALUE" : type.substr(0, end);
    description.choices = parse_choices(type);
    const std::size_t range = type.find("in [");
    if (range != std::string::npos) {
        description.range = type.substr(range);
    }
}

// Finds "-- COMMAND" in "Run a command: dsql-local run -- COMMAND". The description contains it,
// because CLI11 has no other place for it.
std::string find_trailing_arguments(const std::string& text) {
    for (const char* mark : {" [-- ", " -- "}) {
        if (const std::size_t at = text.find(mark); at != std::string::npos) {
            return text.substr(at + 1);
        }
    }
    return {};
}

option_description describe(const CLI::Option& option) {
    option_description described{.names = option_names(option),
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
    described.trailing_arguments = find_trailing_arguments(described.text);
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
