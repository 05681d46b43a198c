// SPDX-License-Identifier: Apache-2.0
#include "config/startup_options.hpp"

#include <dsql/error.hpp>

#include "base/text.hpp"

#include <cstddef>

namespace dsql::detail {

namespace {

// Splits the text at white space that has no backslash before it, and removes the backslashes.
std::vector<std::string> split_at_spaces(std::string_view text) {
    std::vector<std::string> words;
    bool in_word = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_space(text[i])) {
            in_word = false;
            continue;
        }
        if (!in_word) {
            words.emplace_back();
            in_word = true;
        }
        if (text[i] == '\\' && i + 1 < text.size()) {
            ++i;
        }
        words.back() += text[i];
    }
    return words;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> read_startup_options(std::string_view text) {
    const std::vector<std::string> words = split_at_spaces(text);
    std::vector<std::pair<std::string, std::string>> options;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string_view setting = words[i];
        const bool is_known = setting.starts_with("-c") || setting.starts_with("--");
        setting.remove_prefix(is_known ? 2 : 0);
        if (words[i] == "-c" && i + 1 < words.size()) {
            setting = words[++i];
        }
        const std::size_t equals = setting.find('=');
        if (!is_known || equals == std::string_view::npos || equals == 0) {
            throw config_error("connection string: options cannot be read at word " +
                               std::to_string(i + 1) +
                               "; write each as -c NAME=VALUE, with a backslash before spaces");
        }
        options.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
    }
    return options;
}

}  // namespace dsql::detail
