// SPDX-License-Identifier: Apache-2.0
#include "sql/sql_script.hpp"

#include <algorithm>
#include <utility>

namespace dsql_cli::sql {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t most_words = 64;

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Names may hold every character outside of ASCII.
bool begins_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & '\x80') != 0;
}

bool continues_tag(char c) {
    return begins_name(c) || is_digit(c);
}

bool continues_name(char c) {
    return continues_tag(c) || c == '$';
}

bool continues_character(char c) {
    return (c & '\xc0') == '\x80';
}

std::string upper_case(std::string_view text) {
    std::string upper(text);
    std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return upper;
}

bool creates_routine(const sql_statement& found) {
    const std::size_t what = found.word(1) == "OR" && found.word(2) == "REPLACE" ? 3 : 1;
    return found.word(0) == "CREATE" &&
           (found.word(what) == "FUNCTION" || found.word(what) == "PROCEDURE");
}

}  // namespace

text_position position_after(std::string_view text, std::size_t offset,
                             text_position start) noexcept {
    for (const char c : text.substr(0, offset)) {
        if (c == '\n') {
            ++start.line;
            start.column = 1;
        } else if (!continues_character(c)) {
            ++start.column;
        }
    }
    return start;
}

std::size_t offset_of_character(std::string_view text, std::size_t character) noexcept {
    std::size_t offset = 0;
    while (offset < text.size() && character > 0) {
        ++offset;
        while (offset < text.size() && continues_character(text[offset])) {
            ++offset;
        }
        --character;
    }
    return offset;
}

std::string_view sql_statement::word(std::size_t index) const noexcept {
    return index < words.size() ? std::string_view(words[index]) : std::string_view();
}

bool sql_statement::has_word(std::string_view word) const noexcept {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// How deep the scanner is in the body of a function in SQL, whose semicolons separate nothing. As
/// in psql, CASE counts too, because it ends with END as well.
struct script_splitter::function_body {
    std::size_t depth = 0;

    void see(const sql_statement& found, std::string_view word) {
        if (!creates_routine(found)) {
            return;
        }
        if (word == "BEGIN" || (word == "CASE" && depth > 0)) {
            ++depth;
        } else if (word == "END" && depth > 0) {
            --depth;
        }
    }
};

script_splitter::script_splitter(std::string_view script) noexcept : script_(script) {
    if (script_.starts_with(byte_order_mark)) {
        script_.remove_prefix(byte_order_mark.size());
    }
}

std::optional<sql_statement> script_splitter::next() {
    sql_statement found;
    function_body body;
    std::optional<std::size_t> start;
    std::size_t end = 0;
    depth_ = 0;
    while (skip_space()) {
        const bool separates = peek() == ';' && depth_ == 0 && body.depth == 0;
        if (separates && start) {
            break;
        }
        if (separates) {
            ++at_;  // an empty statement
            continue;
        }
        if (!start) {
            start = at_;
        }
        scan_token(found, body);
        end = at_;
    }
    if (!start) {
        return std::nullopt;
    }
    if (at_ < script_.size()) {
        ++at_;
    }
    found.text = script_.substr(*start, end - *start);
    found.position = position_of(*start);
    return found;
}

char script_splitter::peek(std::size_t ahead) const noexcept {
    return at_ + ahead < script_.size() ? script_[at_ + ahead] : '\0';
}

// Skips blanks and comments. Returns whether there is a token after them.
bool script_splitter::skip_space() {
    while (at_ < script_.size()) {
        if (is_space(peek())) {
            ++at_;
        } else if (peek() == '-' && peek(1) == '-') {
            at_ = std::min(script_.find_first_of("\n\r", at_), script_.size());
        } else if (peek() == '/' && peek(1) == '*') {
            skip_block_comment();
        } else {
            return true;
        }
    }
    return false;
}

void script_splitter::skip_block_comment() {
    const std::size_t start = at_;
    std::size_t depth = 0;
    do {
        if (at_ >= script_.size()) {
            fail(start, "the comment that begins here does not end: \"*/\" is missing");
        }
        const bool opens = peek() == '/' && peek(1) == '*';
        const bool closes = peek() == '*' && peek(1) == '/';
        depth += opens ? 1 : 0;
        depth -= closes ? 1 : 0;
        at_ += opens || closes ? 2 : 1;
    } while (depth > 0);
}

void script_splitter::scan_token(sql_statement& found, function_body& body) {
    const char c = peek();
    const bool is_prefixed = (c == 'e' || c == 'E') && peek(1) == '\'';
    if (is_prefixed || c == '\'') {
        at_ += is_prefixed ? 1 : 0;
        scan_quoted("string", '\'', is_prefixed);
        add_word(found, "'");
    } else if (c == '"') {
        scan_quoted("quoted name", '"', false);
        add_word(found, "\"");
    } else if (begins_name(c)) {
        scan_word(found, body);
    } else if (c == '$' && scan_dollar_quoted()) {
        add_word(found, "'");
    } else if (c == '$' && is_digit(peek(1))) {
        scan_parameter();
    } else if (is_digit(c)) {
        scan_number();
    } else if (c == '\\') {
        fail(at_,
             "\"\\\" begins a command of psql, which the server does not know: remove it, or "
             "run the script with dsql psql -- -f FILE");
    } else if (c == '\0') {
        fail(at_, "a zero byte: this is no SQL script in UTF-8");
    } else {
        if (c == '(' && found.words.empty()) {
            add_word(found, "(");
        }
        depth_ += c == '(' ? 1 : 0;
        depth_ -= c == ')' && depth_ > 0 ? 1 : 0;
        ++at_;
    }
}

void script_splitter::scan_word(sql_statement& found, function_body& body) {
    const std::size_t start = at_;
    while (at_ < script_.size() && continues_name(script_[at_])) {
        ++at_;
    }
    std::string word = upper_case(script_.substr(start, at_ - start));
    if (depth_ == 0) {
        body.see(found, word);
    }
    add_word(found, std::move(word));
}

// A doubled quote stands for one: it looks like the end of one string and the start of another.
void script_splitter::scan_quoted(std::string_view what, char quote, bool has_escapes) {
    const std::size_t start = at_;
    ++at_;
    while (at_ < script_.size()) {
        const bool is_escape = has_escapes && peek() == '\\';
        const bool is_pair = is_escape || (peek() == quote && peek(1) == quote);
        if (is_pair || peek() != quote) {
            at_ += is_pair ? 2 : 1;
            continue;
        }
        ++at_;
        if (!has_escapes || !continues_string()) {
            return;
        }
    }
    fail(start, "the " + std::string(what) + " that begins here does not end: its second " +
                    std::string(1, quote) + " is missing");
}

// A string goes on in the next line if that begins with a quote; what is behind it is still subject
// to the escapes of E'...'. Moves behind the quote.
bool script_splitter::continues_string() noexcept {
    std::size_t ahead = at_;
    bool has_line_break = false;
    while (ahead < script_.size()) {
        const bool is_comment = script_.substr(ahead).starts_with("--");
        if (is_comment) {
            ahead = std::min(script_.find_first_of("\n\r", ahead), script_.size());
        } else if (is_space(script_[ahead])) {
            has_line_break = has_line_break || script_[ahead] == '\n' || script_[ahead] == '\r';
            ++ahead;
        } else {
            break;
        }
    }
    if (!has_line_break || ahead >= script_.size() || script_[ahead] != '\'') {
        return false;
    }
    at_ = ahead + 1;
    return true;
}

// Returns false, and moves nowhere, if there is no $$ or $tag$ here.
bool script_splitter::scan_dollar_quoted() {
    std::size_t end = at_ + 1;
    while (end < script_.size() &&
           (end == at_ + 1 ? begins_name(script_[end]) : continues_tag(script_[end]))) {
        ++end;
    }
    if (end >= script_.size() || script_[end] != '$') {
        return false;
    }
    const std::string_view tag = script_.substr(at_, end + 1 - at_);
    const std::size_t close = script_.find(tag, end + 1);
    if (close == std::string_view::npos) {
        fail(at_, "the string that begins here does not end: its second " + std::string(tag) +
                      " is missing");
    }
    at_ = close + tag.size();
    return true;
}

// A parameter such as $1. Up to version 14, PostgreSQL accepts a name or a string directly after
// it.
void script_splitter::scan_parameter() noexcept {
    ++at_;
    while (is_digit(peek())) {
        ++at_;
    }
}

// A number and what cannot be told from it: PostgreSQL accepts no name right behind a digit.
void script_splitter::scan_number() noexcept {
    ++at_;
    while (at_ < script_.size() && continues_tag(script_[at_])) {
        ++at_;
    }
}

void script_splitter::add_word(sql_statement& found, std::string word) const {
    if (depth_ == 0 && found.words.size() < most_words) {
        found.words.push_back(std::move(word));
    }
}

void script_splitter::fail(std::size_t offset, const std::string& what) const {
    throw script_error(position_after(script_, offset), what);
}

text_position script_splitter::position_of(std::size_t offset) noexcept {
    counted_ = position_after(script_.substr(counted_offset_), offset - counted_offset_, counted_);
    counted_offset_ = offset;
    return counted_;
}

std::vector<sql_statement> split_script(std::string_view script) {
    script_splitter splitter(script);
    std::vector<sql_statement> all;
    while (std::optional<sql_statement> found = splitter.next()) {
        all.push_back(std::move(*found));
    }
    return all;
}

}  // namespace dsql_cli::sql
