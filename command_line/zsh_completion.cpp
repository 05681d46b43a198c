// SPDX-License-Identifier: Apache-2.0
#include "command_line/completions.hpp"

#include <string_view>

namespace command_line {

namespace {

// Escapes text for single quotes, and for `_arguments` and `_describe`, which treat brackets and
// colons as separators.
std::string escape_for_zsh(std::string_view text) {
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

std::string zsh_value_completion(const option_description& option, const std::string& program) {
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
    return option.choices.empty() ? " " : "(" + list_choices(option) + ")";
}

std::string option_lines(const command_description& command, const std::string& program) {
    std::string lines;
    for (const option_description& option : command.options) {
        for (const std::string& name : option.names) {
            lines += " \\\n        '" + name + "[" + escape_for_zsh(option.text) + "]" +
                     (option.value.empty() ? "'"
                                           : ":" + escape_for_zsh(option.value) + ":" +
                                                 zsh_value_completion(option, program) + "'");
        }
    }
    for (const option_description& positional : command.positionals) {
        lines += " \\\n        '" + std::string(positional.is_required ? ":" : "::") +
                 escape_for_zsh(positional.positional) + ":" +
                 zsh_value_completion(positional, program) + "'";
    }
    return lines;
}

std::string command_dispatch(const command_description& command, const std::string& function) {
    std::string text =
        "    case $state in\n"
        "        command)\n"
        "            commands=(";
    for (const command_description& subcommand : command.commands) {
        text += "\n                '" + escape_for_zsh(subcommand.name) + ":" +
                escape_for_zsh(subcommand.text) + "'";
    }
    text +=
        ")\n"
        "            _describe command commands ;;\n"
        "        arguments)\n"
        "            case $words[1] in\n";
    for (const command_description& subcommand : command.commands) {
        text += "                " + subcommand.name + ") " + function + "_" +
                function_name({subcommand.name}) + " ;;\n";
    }
    return text +
           "            esac ;;\n"
           "    esac\n";
}

// Adds a function for each command, with the functions of its subcommands before it.
void add_functions(const command_description& command, const std::string& function,
                   const std::string& program, std::string& text) {
    for (const command_description& subcommand : command.commands) {
        add_functions(subcommand, function + "_" + function_name({subcommand.name}), program, text);
    }
    text += function + "() {\n";
    if (command.commands.empty()) {
        text += "    _arguments -s" + option_lines(command, program) + "\n}\n\n";
        return;
    }
    text +=
        "    local curcontext=$curcontext state line\n    local -a commands\n"
        "    typeset -A opt_args\n    _arguments -C" +
        option_lines(command, program) + " \\\n        '1: :->command' '*:: :->arguments'\n" +
        command_dispatch(command, function) + "}\n\n";
}

}  // namespace

std::string zsh_completion(const command_description& program) {
    const std::string function = "_" + function_name({program.name});
    std::string text = "#compdef " + program.name + "\n\n";
    add_functions(program, function, program.name, text);
    // The completion system calls the file as a function; a user may also source it.
    return text + "if [[ $funcstack[1] == " + function + " ]]; then\n    " + function +
           " \"$@\"\nelse\n    compdef " + function + " " + program.name + "\nfi\n";
}

}  // namespace command_line
