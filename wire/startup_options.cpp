// SPDX-License-Identifier: Apache-2.0
#include "wire/startup_options.hpp"

#include <cstddef>
#include <vector>

namespace wire {
namespace {

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

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

bool add_setting(std::string_view text, startup_parameters& settings) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
        return false;
    }
    settings.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    return true;
}

std::string escape(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (is_space(c) || c == '\\') {
            escaped += '\\';
        }
        escaped += c;
    }
    return escaped;
}

}  // namespace

std::optional<startup_parameters> split_options(std::string_view text) {
    const std::vector<std::string> words = split_at_spaces(text);
    startup_parameters settings;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string_view word = words[i];
        const bool is_setting = word.substr(0, 2) == "-c" || word.substr(0, 2) == "--";
        if (!is_setting) {
            return std::nullopt;
        }
        if (word == "-c") {
            if (++i == words.size()) {
                return std::nullopt;
            }
            word = words[i];
        } else {
            word.remove_prefix(2);
        }
        if (!add_setting(word, settings)) {
            return std::nullopt;
        }
    }
    return settings;
}

std::string join_options(const startup_parameters& settings) {
    std::string text;
    for (const auto& [name, value] : settings) {
        text.append(text.empty() ? "-c " : " -c ").append(escape(name)).append("=");
        text.append(escape(value));
    }
    return text;
}

}  // namespace wire
