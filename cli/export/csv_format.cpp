// SPDX-License-Identifier: Apache-2.0
#include "export/copy_text.hpp"
#include "export/formats.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dsql_cli::exports {

namespace {

constexpr byte_replacements make_doubled_quotes() {
    byte_replacements doubled;
    doubled.replace('"', "\"\"");
    return doubled;
}

void append_quoted(std::string_view value, std::string& to) {
    static constexpr byte_replacements doubled_quotes = make_doubled_quotes();
    to.push_back('"');
    doubled_quotes.append(value, to);
    to.push_back('"');
}

/// CSV, with a comma or a tab between values.
class csv_format final : public row_format {
public:
    csv_format(const std::vector<export_column>& columns, const format_options& options)
        : delimiter_(options.syntax == row_syntax::tsv ? '\t' : ','),
          null_marker_(options.null_marker.value_or("")),
          special_(delimiter_ == ',' ? "\t\n\\\"," : "\t\n\\\""),
          quoted_(delimiter_ == ',' ? "\"\r\n," : "\"\r\n\t"),
          is_single_(columns.size() == 1) {
        if (null_marker_.find_first_of("\"\r\n,\t") != std::string::npos) {
            throw std::invalid_argument(
                "the marker of NULL must not hold quotes, commas, tabs or line breaks");
        }
        for (std::size_t i = 0; options.has_header && i < columns.size(); ++i) {
            append_value(columns[i].name, header_);
            header_.push_back(i + 1 < columns.size() ? delimiter_ : '\n');
        }
    }

    void append_header(std::string& to) const override { to += header_; }

    // Most values are written as they are: they are not copied one by one, but all together up to
    // the next one that is not.
    std::size_t append_rows(std::string_view rows, std::string& to) override {
        require_whole_rows(rows);
        std::size_t count = 0;
        const char* const end = rows.data() + rows.size();
        const char* uncopied = rows.data();
        for (const char* at = rows.data(); at < end;) {
            const char* value_end = special_.find(at);
            const bool has_special = !ends_of_values.has(*value_end);
            value_end = has_special ? ends_of_values.find(value_end) : value_end;
            const std::string_view value(at, static_cast<std::size_t>(value_end - at));
            if (has_special || value == null_marker_) {
                append_plain({uncopied, static_cast<std::size_t>(at - uncopied)}, to);
                append_encoded_value(value, to);
                uncopied = value_end;
            }
            count += *value_end == '\n' ? 1 : 0;
            at = value_end + 1;
        }
        append_plain({uncopied, static_cast<std::size_t>(end - uncopied)}, to);
        return count;
    }

private:
    // Values, and what separates them.
    void append_plain(std::string_view values, std::string& to) const {
        const auto before = static_cast<std::ptrdiff_t>(to.size());
        to.append(values);
        if (delimiter_ != '\t') {
            // Every byte is written, because a condition would make this loop slow.
            std::transform(to.begin() + before, to.end(), to.begin() + before,
                           [delimiter = delimiter_](char c) { return c == '\t' ? delimiter : c; });
        }
    }

    void append_encoded_value(std::string_view encoded, std::string& to) {
        if (encoded == null_value) {
            to += null_marker_;
            return;
        }
        decoded_.clear();
        append_decoded(encoded, decoded_);
        append_value(decoded_, to);
    }

    // Quotes what has to be quoted, and a lonely \. too, which ends the data for PostgreSQL.
    void append_value(std::string_view value, std::string& to) const {
        if (value == null_marker_ || (is_single_ && value == "\\.") || quoted_.has_any_of(value)) {
            append_quoted(value, to);
        } else {
            to.append(value);
        }
    }

    char delimiter_;
    std::string null_marker_;
    byte_set special_;  // ends a value, or may need another form
    byte_set quoted_;   // what a value is quoted for
    bool is_single_;
    std::string header_{};
    std::string decoded_{};  // the value that is being written
};

}  // namespace

std::unique_ptr<row_format> make_csv_format(const std::vector<export_column>& columns,
                                            const format_options& options) {
    return std::make_unique<csv_format>(columns, options);
}

}  // namespace dsql_cli::exports
