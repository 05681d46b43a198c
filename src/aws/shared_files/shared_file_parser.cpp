// SPDX-License-Identifier: Apache-2.0
#include "aws/shared_files/shared_file_parser.hpp"

#include <dsql/error.hpp>

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace dsql::aws {

namespace {

// Only spaces and tabs are white space in this format.
constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

constexpr bool starts_comment(char c) noexcept {
    return c == '#' || c == ';';
}

constexpr std::string_view trim_blanks(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

// Removes the first line from `text` and returns it without the line break.
std::string_view take_line(std::string_view& text) noexcept {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

// Removes the comment from a property. It begins only after white space, because secrets may
// contain '#' and ';'.
std::string_view without_comment(std::string_view line) noexcept {
    for (std::size_t i = 1; i < line.size(); ++i) {
        if (starts_comment(line[i]) && is_blank(line[i - 1])) {
            return line.substr(0, i);
        }
    }
    return line;
}

// Removes the comment from the header of a section, where it needs no white space before it.
std::string_view without_section_comment(std::string_view line) noexcept {
    return line.substr(0, std::min(line.find_first_of("#;"), line.size()));
}

struct property {
    std::string_view name;
    std::string_view value;
};

// Splits "name = value # comment"; returns nothing when the line has no '='.
std::optional<property> split_property(std::string_view line) noexcept {
    const std::string_view content = without_comment(line);
    const std::size_t equals = content.find('=');
    if (equals == std::string_view::npos) {
        return std::nullopt;
    }
    return property{.name = trim_blanks(content.substr(0, equals)),
                    .value = trim_blanks(content.substr(equals + 1))};
}

constexpr bool is_name_character(char c) noexcept {
    const char lowered = detail::lower(c);
    return detail::is_lower(lowered) || detail::is_digit(c) ||
           std::string_view("_-/.%@:+").find(c) != std::string_view::npos;
}

bool is_name(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_name_character);
}

// Returns the name inside quotes, or the whole text when it is not quoted. Returns nothing when
// that is not a valid name.
std::optional<std::string_view> unquoted_name(std::string_view text) noexcept {
    const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
                        text.back() == text.front();
    if (!quoted) {
        return is_name(text) ? std::optional(text) : std::nullopt;
    }
    const std::string_view name = text.substr(1, text.size() - 2);
    const bool valid = !trim_blanks(name).empty() &&
                       std::all_of(name.begin(), name.end(),
                                   [](char c) { return c == ' ' || is_name_character(c); });
    return valid ? std::optional(name) : std::nullopt;
}

// Returns the trimmed text after `word` and white space; nothing when the text does not begin with
// them.
std::optional<std::string_view> text_after_word(std::string_view text,
                                                std::string_view word) noexcept {
    if (!text.starts_with(word) || text.size() == word.size() || !is_blank(text[word.size()])) {
        return std::nullopt;
    }
    return trim_blanks(text.substr(word.size()));
}

class parser {
public:
    parser(shared_file kind, std::string_view path) : kind_(kind), path_(path) {}

    shared_sections parse(std::string_view text) {
        while (!text.empty()) {
            ++line_number_;
            read_line(take_line(text));
        }
        if (plain_default_ && !sections_.profiles.contains("default")) {
            sections_.profiles["default"] = std::move(*plain_default_);
        }
        return std::move(sections_);
    }

private:
    void read_line(std::string_view line) {
        const std::string_view content = trim_blanks(line);
        if (content.empty() || starts_comment(line.front())) {
            return;
        }
        if (line.front() == '[') {
            read_section(content);
        } else if (is_blank(line.front())) {
            read_continuation(content);
        } else {
            read_property(content);
        }
    }

    void read_section(std::string_view content) {
        const std::string_view header = trim_blanks(without_section_comment(content));
        if (!header.ends_with(']')) {
            fail("Profile definition must end with ']'");
        }
        in_section_ = true;
        in_property_ = false;
        section_ = section_of(trim_blanks(header.substr(1, header.size() - 2)));
    }

    // Returns the map for the settings of a section; null when the section is ignored.
    profile_settings* section_of(std::string_view name) {
        if (kind_ == shared_file::credentials) {
            return is_name(name) ? &sections_.profiles[std::string(name)] : nullptr;
        }
        if (name == "default") {
            return plain_default_ ? &*plain_default_ : &plain_default_.emplace();
        }
        const std::array<std::pair<std::string_view, profile_map*>, 3> kinds = {
            {{"profile", &sections_.profiles},
             {"sso-session", &sections_.sso_sessions},
             {"services", &sections_.services}}};
        for (const auto& [word, sections] : kinds) {
            if (const auto rest = text_after_word(name, word)) {
                const auto found = unquoted_name(*rest);
                return found ? &(*sections)[std::string(*found)] : nullptr;
            }
        }
        return nullptr;
    }

    void read_property(std::string_view content) {
        if (!in_section_) {
            fail("Expected a profile definition");
        }
        const auto read = split_property(content);
        if (!read) {
            fail("Expected an '=' sign defining a property");
        }
        if (read->name.empty()) {
            fail("Property did not have a name");
        }
        in_property_ = true;
        is_nested_ = read->value.empty();
        value_ = nullptr;
        if (section_ != nullptr && is_name(read->name)) {
            value_ = &(*section_)[detail::lower(read->name)];
            *value_ = secret_string(read->value);
        }
    }

    void read_continuation(std::string_view content) {
        const bool continues_text = in_property_ && !is_nested_;
        if (starts_comment(content.front()) && !continues_text) {
            return;
        }
        if (!in_section_) {
            fail("Expected a profile definition");
        }
        if (!in_property_) {
            fail("Expected a property definition, found continuation");
        }
        if (is_nested_) {
            check_nested(content);
        }
        if (value_ != nullptr) {
            value_->append("\n");
            value_->append(content);
        }
    }

    void check_nested(std::string_view content) const {
        const auto read = split_property(content);
        if (!read) {
            fail("Expected an '=' sign defining a sub-property");
        }
        if (read->name.empty()) {
            fail("Sub-property did not have a name");
        }
    }

    [[noreturn]] void fail(std::string_view why) const {
        throw credentials_error(
            std::string(path_).append(":").append(std::to_string(line_number_)).append(": ") +
            std::string(why));
    }

    const shared_file kind_;
    const std::string_view path_;
    int line_number_ = 0;
    shared_sections sections_;
    /// The [default] section of the config file. It is ignored when there is a [profile default].
    std::optional<profile_settings> plain_default_;

    bool in_section_ = false;
    profile_settings* section_ = nullptr;  ///< null: the section is ignored
    bool in_property_ = false;
    secret_string* value_ = nullptr;  ///< null: the property is ignored
    bool is_nested_ = false;          ///< nothing follows its '=': nested properties come next
};

}  // namespace

shared_sections parse_shared_file(std::string_view text, shared_file kind, std::string_view path) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    return parser(kind, path).parse(text);
}

std::string sub_property(std::string_view text, std::string_view key) {
    std::string_view found;
    while (!text.empty()) {
        const auto read = split_property(take_line(text));
        if (read && detail::lower(read->name) == key) {
            found = read->value;
        }
    }
    return std::string(found);
}

}  // namespace dsql::aws
