// SPDX-License-Identifier: Apache-2.0
#include "config/keyword_value.hpp"

#include <dsql/error.hpp>

#include "base/text.hpp"

#include <string>

namespace dsql::detail {

namespace {

class keyword_value_reader {
public:
    explicit keyword_value_reader(std::string_view text) noexcept : text_(text) {}

    bool at_end() {
        skip_spaces();
        return position_ == text_.size();
    }

    std::string keyword() {
        const std::size_t start = position_;
        while (position_ < text_.size() && text_[position_] != '=' && !is_space(text_[position_])) {
            ++position_;
        }
        std::string word(text_.substr(start, position_ - start));
        skip_spaces();
        if (position_ == text_.size() || text_[position_] != '=' || word.empty()) {
            // The message does not show the word, because it may be part of a password.
            throw config_error("connection string: expected keyword=value at character " +
                               std::to_string(start + 1) +
                               ", a URI that begins with postgres://, postgresql:// or dsql://, or "
                               "just the cluster's endpoint or identifier");
        }
        ++position_;
        skip_spaces();
        return word;
    }

    std::string value() {
        if (position_ < text_.size() && text_[position_] == '\'') {
            return quoted_value();
        }
        std::string value;
        while (position_ < text_.size() && !is_space(text_[position_])) {
            value += escaped_character();
        }
        return value;
    }

private:
    void skip_spaces() {
        while (position_ < text_.size() && is_space(text_[position_])) {
            ++position_;
        }
    }

    char escaped_character() {
        if (text_[position_] == '\\' && position_ + 1 < text_.size()) {
            ++position_;
        }
        return text_[position_++];
    }

    std::string quoted_value() {
        const std::size_t start = position_++;
        std::string value;
        while (position_ < text_.size() && text_[position_] != '\'') {
            value += escaped_character();
        }
        if (position_ == text_.size()) {
            throw config_error("connection string: the quote opened at character " +
                               std::to_string(start + 1) + " is never closed");
        }
        ++position_;
        return value;
    }

    std::string_view text_;
    std::size_t position_ = 0;
};

}  // namespace

void read_keyword_values(std::string_view text, connection_parameters& parameters) {
    keyword_value_reader input(text);
    while (!input.at_end()) {
        const std::string keyword = input.keyword();
        parameters.set(keyword, input.value());
    }
}

}  // namespace dsql::detail
