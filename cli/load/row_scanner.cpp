// SPDX-License-Identifier: Apache-2.0
#include "load/row_scanner.hpp"

namespace dsql_cli::load {

row_scanner::row_scanner(const dialect& scanned) : format_(scanned.format) {
    const auto set = [this](char c, kind what) {
        kinds_[static_cast<unsigned char>(c)] = what;
    };
    set('\n', kind::line_break);
    set(scanned.delimiter, kind::delimiter);
    if (format_ == row_format::text) {
        set('\\', kind::escape);
        return;
    }
    // An escape character that is the quote needs no rule: two quotes end the quotes and begin them
    // again.
    set(scanned.escape, kind::escape);
    set(scanned.quote, kind::quote);
}

bool row_scanner::next(std::string_view data, scanned_row& found) {
    return format_ == row_format::csv ? next_csv(data, found) : next_text(data, found);
}

void row_scanner::end_row(std::size_t end, scanned_row& found) noexcept {
    found = {.end = end, .columns = columns_, .lines = lines_};
    at_ = end;
    columns_ = 1;
    lines_ = 1;
}

scanned_row row_scanner::rest() const noexcept {
    return {.end = at_, .columns = columns_, .lines = lines_};
}

bool row_scanner::next_csv(std::string_view data, scanned_row& found) {
    // Copies of the members, which the compiler can keep in registers.
    std::uint32_t columns = columns_;
    bool is_quoted = is_quoted_;
    for (std::size_t i = at_; i < data.size(); ++i) {
        const kind what = kinds_[static_cast<unsigned char>(data[i])];
        if (what == kind::other) {
            is_escaped_ = false;
        } else if (what == kind::escape) {
            // Only in quotes, and of two the second is a value.
            is_escaped_ = is_quoted && !is_escaped_;
        } else {
            if (what == kind::quote) {
                // A quote changes the state unless an escape character is before it.
                is_quoted = is_quoted == is_escaped_;
            } else if (what == kind::delimiter) {
                columns += is_quoted ? 0 : 1;
            } else if (is_quoted) {
                ++lines_;
            } else {
                columns_ = columns;
                is_quoted_ = is_escaped_ = false;
                end_row(i + 1, found);
                return true;
            }
            is_escaped_ = false;
        }
    }
    at_ = data.size();
    columns_ = columns;
    is_quoted_ = is_quoted;
    return false;
}

bool row_scanner::next_text(std::string_view data, scanned_row& found) {
    const char* const bytes = data.data();
    for (std::size_t i = at_; i < data.size(); ++i) {
        const kind what = kinds_[static_cast<unsigned char>(bytes[i])];
        if (is_escaped_) {
            is_escaped_ = false;
            lines_ += what == kind::line_break ? 1 : 0;
        } else if (what == kind::escape) {
            is_escaped_ = true;
        } else if (what == kind::delimiter) {
            ++columns_;
        } else if (what == kind::line_break) {
            end_row(i + 1, found);
            return true;
        }
    }
    at_ = data.size();
    return false;
}

}  // namespace dsql_cli::load
