// SPDX-License-Identifier: Apache-2.0
#include "command_line/man_page.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <string_view>

namespace command_line {

namespace {

// Escapes the characters that have a meaning in roff.
std::string escape_for_roff(std::string_view text) {
    std::string roff;
    for (const char c : text) {
        switch (c) {
            case '\\':
                roff += "\\e";
                break;
            case '-':
                roff += "\\-";
                break;
            case '~':
                roff += "\\(ti";
                break;
            case '^':
                roff += "\\(ha";
                break;
            case '\'':
                roff += "\\(aq";
                break;
            case '`':
                roff += "\\(ga";
                break;
            default:
                roff += c;
        }
    }
    return roff.starts_with('.') ? "\\&" + roff : roff;
}

std::string bold(std::string_view text) {
    return "\\fB" + escape_for_roff(text) + "\\fR";
}

std::string italic(std::string_view text) {
    return "\\fI" + escape_for_roff(text) + "\\fR";
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

class page_writer {
public:
    void line(const std::string& roff) { text_ += roff + '\n'; }

    void option(const option_description& described) {
        line(".TP");
        line(heading_of(described));
        std::string text = escape_for_roff(described.text);
        if (!described.choices.empty()) {
            text += ": " + list_of(described.choices);
        }
        if (!described.range.empty()) {
            text += ", " + escape_for_roff(described.range);
        }
        if (described.is_required && !described.names.empty()) {
            text += "; required";
        }
        if (!described.default_value.empty()) {
            text += "; default: " + escape_for_roff(described.default_value);
        }
        line(text);
    }

    // The first line is a paragraph. Further lines are a table and keep their line breaks.
    void footer(const std::string& text) {
        if (text.empty()) {
            return;
        }
        std::istringstream lines(text);
        std::string first;
        std::getline(lines, first);
        line(".PP");
        line(escape_for_roff(first));
        if (lines.peek() == std::istringstream::traits_type::eof()) {
            return;
        }
        line(".PP");
        line(".nf");
        for (std::string next; std::getline(lines, next);) {
            line(escape_for_roff(next));
        }
        line(".fi");
    }

    // Adds a part for each subcommand, with its full name as the heading.
    void commands(const command_description& parent, const std::string& path) {
        for (const command_description& command : parent.commands) {
            const std::string full_name = path + " " + command.name;
            line(".SS");
            line(bold(full_name) + synopsis_of(command));
            line(escape_for_roff(command.text) + ".");
            for (const option_description& positional : command.positionals) {
                option(positional);
            }
            for (const option_description& described : command.options) {
                if (!is_help(described)) {
                    option(described);
                }
            }
            footer(command.footer);
            commands(command, full_name);
        }
    }

    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    static bool is_help(const option_description& described) {
        return std::find(described.names.begin(), described.names.end(), "--help") !=
               described.names.end();
    }

    static std::string heading_of(const option_description& described) {
        if (described.names.empty()) {
            return italic(upper(described.positional));
        }
        std::string heading;
        for (const std::string& name : described.names) {
            heading += (heading.empty() ? "" : ", ") + bold(name);
        }
        return described.value.empty() ? heading : heading + " " + italic(described.value);
    }

    static std::string list_of(const std::vector<std::string>& words) {
        std::string list;
        for (const std::string& word : words) {
            list += (list.empty() ? "" : ", ") + escape_for_roff(word);
        }
        return list;
    }

    static std::string synopsis_of(const command_description& command) {
        std::string synopsis;
        for (const option_description& positional : command.positionals) {
            const std::string name = italic(upper(positional.positional));
            synopsis += positional.is_required ? " " + name : " [" + name + "]";
        }
        for (const option_description& described : command.options) {
            if (described.is_required) {
                synopsis += " " + bold(described.names.back()) + " " + italic(described.value);
            }
        }
        synopsis += command.commands.empty() ? " [options]" : " command";
        return command.trailing_arguments.empty()
                   ? synopsis
                   : synopsis + " " + escape_for_roff(command.trailing_arguments);
    }

    std::string text_;
};

}  // namespace

std::string man_page(const command_description& program, const std::string& version) {
    page_writer page;
    page.line(".TH " + escape_for_roff(upper(program.name)) + " 1 \"\" \"" +
              escape_for_roff(program.name) + " " + escape_for_roff(version) +
              "\" \"User Commands\"");
    page.line(".SH NAME");
    page.line(escape_for_roff(program.name) + " \\- " + escape_for_roff(program.text));
    page.line(".SH SYNOPSIS");
    page.line(bold(program.name) + " " + italic("command") + " [" + italic("options") + "]");
    page.line(".SH OPTIONS");
    for (const option_description& option : program.options) {
        page.option(option);
    }
    page.footer(program.footer);
    page.line(".SH COMMANDS");
    page.commands(program, program.name);
    return page.take();
}

}  // namespace command_line
