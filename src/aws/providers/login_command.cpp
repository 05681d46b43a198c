// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/login_command.hpp"

#include "config/text.hpp"

#include <algorithm>

namespace dsql::detail {

namespace {

bool is_plain(std::string_view word) {
    return std::all_of(word.begin(), word.end(), [](char c) {
        return is_lower(lower(c)) || is_digit(c) ||
               std::string_view("-_.:/@+").find(c) != std::string_view::npos;
    });
}

}  // namespace

std::string run_command(std::string_view command, std::string_view option, std::string_view value) {
    std::string text = "run `";
    text += command;
    if (!value.empty()) {
        text += ' ';
        text += option;
        text += ' ';
        text += is_plain(value) ? std::string(value) : in_quotes(value);
    }
    text += '`';
    return text;
}

}  // namespace dsql::detail
