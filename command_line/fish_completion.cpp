// SPDX-License-Identifier: Apache-2.0
#include "command_line/aws_regions.hpp"
#include "command_line/completions.hpp"

#include <string_view>

namespace command_line {

namespace {

std::string in_quotes(std::string_view text) {
    std::string fish = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') {
            fish += '\\';
        }
        fish += c;
    }
    return fish + "'";
}

// True when the commands of `path` were given and none of those below the last.
std::string condition_for(const std::vector<std::string>& path,
                          const command_description& command) {
    std::string condition;
    for (const std::string& word : path) {
        condition += (condition.empty() ? "" : "; and ") +
                     std::string("__fish_seen_subcommand_from ") + word;
    }
    std::string below;
    for (const command_description& sub : command.commands) {
        below += " " + sub.name;
    }
    if (!below.empty()) {
        condition += (condition.empty() ? "" : "; and ") +
                     std::string("not __fish_seen_subcommand_from") + below;
    }
    return condition;
}

std::string value_of(const option_description& option, const std::string& program) {
    switch (kind_of_value(option)) {
        case value_kind::none:
            return {};
        case value_kind::file:
            return " -r -F";
        case value_kind::directory:
            return " -x -a '(__fish_complete_directories)'";
        case value_kind::region:
            return " -x -a " + in_quotes(aws_regions());
        case value_kind::profile:
            return " -x -a " + in_quotes("(" + program + " profiles --names 2>/dev/null)");
        case value_kind::text:
            break;
    }
    std::string choices;
    for (const std::string& choice : option.choices) {
        choices += (choices.empty() ? "" : " ") + choice;
    }
    return choices.empty() ? " -x" : " -x -a " + in_quotes(choices);
}

std::string names_of(const option_description& option) {
    std::string names;
    for (const std::string& name : option.names) {
        names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    return names;
}

void add_command(const command_description& command, const std::string& program,
                 std::vector<std::string>& path, std::string& text) {
    const std::string start =
        "complete -c " + program + " -n " + in_quotes(condition_for(path, command));
    for (const option_description& option : command.options) {
        text += start + names_of(option) + value_of(option, program) + " -d " +
                in_quotes(option.text) + "\n";
    }
    for (const option_description& positional : command.positionals) {
        for (const std::string& choice : positional.choices) {
            text += start + " -a " + in_quotes(choice) + "\n";
        }
    }
    for (const command_description& below : command.commands) {
        text += start + " -a " + in_quotes(below.name) + " -d " + in_quotes(below.text) + "\n";
        path.push_back(below.name);
        add_command(below, program, path, text);
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
