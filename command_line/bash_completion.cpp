// SPDX-License-Identifier: Apache-2.0
#include "command_line/aws_regions.hpp"
#include "command_line/completions.hpp"

#include <algorithm>
#include <functional>

namespace command_line {

namespace {

using path_of_words = std::vector<std::string>;

// "" for the program itself, " fault set" for a subcommand: what the script walks to.
std::string joined(const path_of_words& path) {
    std::string text;
    for (const std::string& word : path) {
        text += " " + word;
    }
    return text;
}

void visit(const command_description& command, path_of_words& path,
           const std::function<void(const command_description&, const path_of_words&)>& visitor) {
    visitor(command, path);
    for (const command_description& below : command.commands) {
        path.push_back(below.name);
        visit(below, path, visitor);
        path.pop_back();
    }
}

std::string words_of(const command_description& command) {
    std::string words;
    const auto add = [&words](const std::string& word) {
        words += (words.empty() ? "" : " ") + word;
    };
    for (const command_description& below : command.commands) {
        add(below.name);
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

// Readline's own completion of file names: it alone gets blanks, quotes, "~" and directories right.
std::string by_readline(const std::string& kind) {
    return "compopt -o " + kind + "; COMPREPLY=()";
}

std::string one_of(const std::string& words) {
    return "mapfile -t COMPREPLY < <(compgen -W '" + words + "' -- \"$current\")";
}

// What completes a value.
std::string reply_for(const option_description& option, const std::string& program) {
    switch (kind_of_value(option)) {
        case value_kind::file:
            return "((last)) && " + by_readline("default");
        case value_kind::directory:
            return "((last)) && " + by_readline("dirnames");
        case value_kind::region:
            return one_of(aws_regions());
        case value_kind::profile:
            return "_" + function_name({program}) + "_profiles \"$current\"";
        default:
            break;
    }
    std::string words;
    for (const std::string& choice : option.choices) {
        words += (words.empty() ? "" : " ") + choice;
    }
    return words.empty() ? "COMPREPLY=()" : one_of(words);
}

std::string value_cases(const command_description& program) {
    std::string cases;
    path_of_words path;
    visit(program, path, [&](const auto& command, const path_of_words& at) {
        for (const option_description& option : command.options) {
            for (const std::string& name : option.names) {
                if (!option.value.empty()) {
                    cases += "        '" + joined(at) + ":" + name + "') " +
                             reply_for(option, program.name) + " ;;\n";
                }
            }
        }
    });
    return cases;
}

std::string command_cases(const command_description& program) {
    std::string cases;
    path_of_words path;
    visit(program, path, [&cases](const auto&, const path_of_words& at) {
        if (!at.empty()) {
            cases += (cases.empty() ? "'" : "|'") + joined(at) + "'";
        }
    });
    return cases;
}

std::string word_cases(const command_description& program) {
    std::string cases;
    path_of_words path;
    visit(program, path, [&cases](const auto& command, const path_of_words& at) {
        cases += "        '" + joined(at) + "') words='" + words_of(command) + "' ;;\n";
    });
    return cases;
}

// Not by compgen: the name of a profile may have blanks in it.
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
           "# Completes the value of option $2 of the command $1; false when it takes none.\n"
           "# $3 is what is typed of it, $4 whether it is what is being completed.\n" +
           function + "_value() {\n    local current=$3 last=$4\n    case \"$1:$2\" in\n" +
           value_cases(program) + "        *) return 1 ;;\n    esac\n}\n\n" + function +
           "() {\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} path='' word words='' index\n"
           "    COMPREPLY=()\n"
           "    for ((index = 1; index < COMP_CWORD; index++)); do\n"
           "        word=${COMP_WORDS[index]}\n"
           "        # What is behind is another program's.\n"
           "        [[ $word == -- ]] && { " +
           by_readline("default") +
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
