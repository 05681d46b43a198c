// SPDX-License-Identifier: Apache-2.0
#include "command_line/completions.hpp"

#include <string_view>

namespace command_line {

namespace {

std::string quote(std::string_view text) {
    std::string fish = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') {
            fish += '\\';
        }
        fish += c;
    }
    return fish + "'";
}

// Returns a condition that is true after the commands of `path`, as long as no subcommand of the
// last one follows.
std::string condition_for(const std::vector<std::string>& path,
                          const command_description& command) {
    std::string condition;
    for (const std::string& word : path) {
        condition += (condition.empty() ? "" : "; and ") +
                     std::string("__fish_seen_subcommand_from ") + word;
    }
    std::string subcommand;
    for (const command_description& sub : command.commands) {
        subcommand += " " + sub.name;
    }
    if (!subcommand.empty()) {
        condition += (condition.empty() ? "" : "; and ") +
                     std::string("not __fish_seen_subcommand_from") + subcommand;
    }
    return condition;
}

std::string fish_value_completion(const option_description& option, const std::string& program) {
    switch (kind_of_value(option)) {
        case value_kind::none:
            return {};
        case value_kind::file:
            return " -r -F";
        case value_kind::directory:
            return " -x -a '(__fish_complete_directories)'";
        case value_kind::region:
            return " -x -a " + quote(aws_regions());
        case value_kind::profile:
            return " -x -a " + quote("(" + program + " profiles --names 2>/dev/null)");
        case value_kind::text:
            break;
    }
    const std::string choices = list_choices(option);
    return choices.empty() ? " -x" : " -x -a " + quote(choices);
}

std::string name_flags(const option_description& option) {
    std::string names;
    for (const std::string& name : option.names) {
        names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    return names;
}

void add_command(const command_description& command, const std::string& program,
                 std::vector<std::string>& path, std::string& text) {
    const std::string start =
        "complete -c " + program + " -n " + quote(condition_for(path, command));
    for (const option_description& option : command.options) {
        text += start + name_flags(option) + fish_value_completion(option, program) + " -d " +
                quote(option.text) + "\n";
    }
    for (const option_description& positional : command.positionals) {
        for (const std::string& choice : positional.choices) {
            text += start + " -a " + quote(choice) + "\n";
        }
    }
    for (const command_description& subcommand : command.commands) {
        text += start + " -a " + quote(subcommand.name) + " -d " + quote(subcommand.text) + "\n";
        path.push_back(subcommand.name);
        add_command(subcommand, program, path, text);
        path.pop_back();
    }
}

}  // namespace

std::string fish_completion(const command_description& program) {
    std::string text =
        "# fish completion for " + program.name + "\ncomplete -c " + program.name + " -f\n";
    std::vector<std::string> path;
    add_command(program, program.name, path, text);
    return text;
}

}  // namespace command_line
