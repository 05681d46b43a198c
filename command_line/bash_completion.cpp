// SPDX-License-Identifier: Apache-2.0
#include "command_line/completions.hpp"

#include <algorithm>
#include <functional>

namespace command_line {

namespace {

using command_path = std::vector<std::string>;

// Returns the state of the script: "" for the program itself, " fault set" for a subcommand.
std::string to_state(const command_path& path) {
    std::string text;
    for (const std::string& word : path) {
        text += " " + word;
    }
    return text;
}

void visit(const command_description& command, command_path& path,
           const std::function<void(const command_description&, const command_path&)>& visitor) {
    visitor(command, path);
    for (const command_description& subcommand : command.commands) {
        path.push_back(subcommand.name);
        visit(subcommand, path, visitor);
        path.pop_back();
    }
}

std::string list_words(const command_description& command) {
    std::string words;
    const auto add = [&words](const std::string& word) {
        words += (words.empty() ? "" : " ") + word;
    };
    for (const command_description& subcommand : command.commands) {
        add(subcommand.name);
    }
    for (const option_description& positional : command.positionals) {
        for (const std::string& choice : positional.choices) {
            add(choice);
        }
    }
    for (const option_description& option : command.options) {
        for (const std::string& name : option.names) {
            add(name);
        }
    }
    return words;
}

// Uses Readline's own completion of file names, because only it handles blanks, quotes, "~" and
// directories correctly.
std::string complete_with_readline(const std::string& kind) {
    return "compopt -o " + kind + "; COMPREPLY=()";
}

std::string complete_from_list(const std::string& words) {
    return "mapfile -t COMPREPLY < <(compgen -W '" + words + "' -- \"$current\")";
}

// Returns the shell commands that complete an option's value.
std::string bash_value_completion(const option_description& option, const std::string& program) {
    switch (kind_of_value(option)) {
        case value_kind::file:
            return "((last)) && " + complete_with_readline("default");
        case value_kind::directory:
            return "((last)) && " + complete_with_readline("dirnames");
        case value_kind::region:
            return complete_from_list(aws_regions());
        case value_kind::profile:
            return "_" + function_name({program}) + "_profiles \"$current\"";
        default:
            break;
    }
    const std::string choices = list_choices(option);
    return choices.empty() ? "COMPREPLY=()" : complete_from_list(choices);
}

std::string value_cases(const command_description& program) {
    std::string cases;
    command_path path;
    visit(program, path, [&](const auto& command, const command_path& at) {
        for (const option_description& option : command.options) {
            for (const std::string& name : option.names) {
                if (!option.value.empty()) {
                    cases += "        '" + to_state(at) + ":" + name + "') " +
                             bash_value_completion(option, program.name) + " ;;\n";
                }
            }
        }
    });
    return cases;
}

std::string command_cases(const command_description& program) {
    std::string cases;
    command_path path;
    visit(program, path, [&cases](const auto&, const command_path& at) {
        if (!at.empty()) {
            cases += (cases.empty() ? "'" : "|'") + to_state(at) + "'";
        }
    });
    return cases;
}

std::string word_cases(const command_description& program) {
    std::string cases;
    command_path path;
    visit(program, path, [&cases](const auto& command, const command_path& at) {
        cases += "        '" + to_state(at) + "') words='" + list_words(command) + "' ;;\n";
    });
    return cases;
}

// Does not use compgen, because the name of a profile may contain blanks.
std::string profiles_function(const command_description& program) {
    const bool has_command = std::any_of(program.commands.begin(), program.commands.end(),
                                         [](const auto& one) { return one.name == "profiles"; });
    if (!has_command) {
        return {};
    }
    return "_" + function_name({program.name}) +
           "_profiles() {\n    local name\n    COMPREPLY=()\n"
           "    while IFS= read -r name; do\n"
           "        [[ $name == \"$1\"* ]] && COMPREPLY+=(\"$(printf %q \"$name\")\")\n"
           "    done < <(" +
           program.name + " profiles --names 2>/dev/null)\n    return 0\n}\n\n";
}

}  // namespace

std::string bash_completion(const command_description& program) {
    const std::string function = "_" + function_name({program.name});
    return "# bash completion for " + program.name + "\n\n" + profiles_function(program) +
           "# Completes the value of option $2 of the command $1; false if it takes none.\n"
           "# $3 is the beginning of the value, $4 whether the cursor is in it.\n" +
           function + "_value() {\n    local current=$3 last=$4\n    case \"$1:$2\" in\n" +
           value_cases(program) + "        *) return 1 ;;\n    esac\n}\n\n" + function +
           "() {\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} path='' word words='' index\n"
           "    COMPREPLY=()\n"
           "    for ((index = 1; index < COMP_CWORD; index++)); do\n"
           "        word=${COMP_WORDS[index]}\n"
           "        # The arguments after -- belong to another program.\n"
           "        [[ $word == -- ]] && { " +
           complete_with_readline("default") +
           "; return; }\n"
           "        if " +
           function +
           "_value \"$path\" \"$word\" \"$current\" $((index + 1 == COMP_CWORD)); then\n"
           "            ((index + 1 == COMP_CWORD)) && return\n"
           "            ((index++))\n"
           "            COMPREPLY=()\n"
           "            continue\n"
           "        fi\n"
           "        case \"$path $word\" in\n"
           "            " +
           command_cases(program) +
           ") path=\"$path $word\" ;;\n"
           "        esac\n"
           "    done\n"
           "    case \"$path\" in\n" +
           word_cases(program) +
           "    esac\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
           "}\n\n"
           "complete -F " +
           function + " " + program.name + "\n";
}

}  // namespace command_line
