// SPDX-License-Identifier: Apache-2.0
#include "command_line/aws_regions.hpp"
#include "command_line/completions.hpp"

#include <string_view>

namespace command_line {

namespace {

// In single quotes, within what `_arguments` or `_describe` takes apart at brackets and colons.
std::string escaped_for_zsh(std::string_view text) {
    std::string zsh;
    for (const char c : text) {
        switch (c) {
            case '\'':
                zsh += "'\\''";
                break;
            case '[':
            case ']':
            case ':':
            case '\\':
                zsh += '\\';
                zsh += c;
                break;
            default:
                zsh += c;
        }
    }
    return zsh;
}

std::string action_of(const option_description& option, const std::string& program) {
    switch (kind_of_value(option)) {
        case value_kind::file:
            return "_files";
        case value_kind::directory:
            return "_files -/";
        case value_kind::region:
            return "(" + aws_regions() + ")";
        case value_kind::profile:
            return "{compadd -- ${(f)\"$(" + program + " profiles --names 2>/dev/null)\"}}";
        default:
            break;
    }
    std::string choices;
    for (const std::string& choice : option.choices) {
        choices += (choices.empty() ? "(" : " ") + choice;
    }
    return choices.empty() ? " " : choices + ")";
}

std::string lines_of_options(const command_description& command, const std::string& program) {
    std::string lines;
    for (const option_description& option : command.options) {
        for (const std::string& name : option.names) {
            lines += " \\\n        '" + name + "[" + escaped_for_zsh(option.text) + "]" +
                     (option.value.empty() ? "'"
                                           : ":" + escaped_for_zsh(option.value) + ":" +
                                                 action_of(option, program) + "'");
        }
    }
    for (const option_description& positional : command.positionals) {
        lines += " \\\n        '" + std::string(positional.is_required ? ":" : "::") +
                 escaped_for_zsh(positional.positional) + ":" + action_of(positional, program) +
                 "'";
    }
    return lines;
}

std::string choice_of_commands(const command_description& command, const std::string& function) {
    std::string text =
        "    case $state in\n"
        "        command)\n"
        "            commands=(";
    for (const command_description& below : command.commands) {
        text += "\n                '" + escaped_for_zsh(below.name) + ":" +
                escaped_for_zsh(below.text) + "'";
    }
    text +=
        ")\n"
        "            _describe command commands ;;\n"
        "        arguments)\n"
        "            case $words[1] in\n";
    for (const command_description& below : command.commands) {
        text += "                " + below.name + ") " + function + "_" +
                function_name({below.name}) + " ;;\n";
    }
    return text +
           "            esac ;;\n"
           "    esac\n";
}

// A function for each command, those of its subcommands first.
void add_functions(const command_description& command, const std::string& function,
                   const std::string& program, std::string& text) {
    for (const command_description& below : command.commands) {
        add_functions(below, function + "_" + function_name({below.name}), program, text);
    }
    text += function + "() {\n";
    if (command.commands.empty()) {
        text += "    _arguments -s" + lines_of_options(command, program) + "\n}\n\n";
        return;
    }
    text +=
        "    local curcontext=$curcontext state line\n    local -a commands\n"
        "    typeset -A opt_args\n    _arguments -C" +
        lines_of_options(command, program) + " \\\n        '1: :->command' '*:: :->arguments'\n" +
        choice_of_commands(command, function) + "}\n\n";
}

}  // namespace

std::string zsh_completion(const command_description& program) {
    const std::string function = "_" + function_name({program.name});
    std::string text = "#compdef " + program.name + "\n\n";
    add_functions(program, function, program.name, text);
    // Run by the completion system, or sourced by hand.
    return text + "if [[ $funcstack[1] == " + function + " ]]; then\n    " + function +
           " \"$@\"\nelse\n    compdef " + function + " " + program.name + "\nfi\n";
}

}  // namespace command_line
