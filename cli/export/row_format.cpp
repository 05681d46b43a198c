// SPDX-License-Identifier: Apache-2.0
#include "export/row_format.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>
#include <utility>

namespace dsql_cli::exports {

namespace {

constexpr std::string_view null_value = "\\N";

/// A set of bytes.
class byte_set {
public:
    constexpr explicit byte_set(std::string_view members) {
        for (const char c : members) {
            is_member_[static_cast<unsigned char>(c)] = true;
        }
    }
    [[nodiscard]] bool has(char c) const noexcept {
        return is_member_[static_cast<unsigned char>(c)];
    }
    /// The first byte from `at` on that is a member. There has to be one.
    [[nodiscard]] const char* find(const char* at) const noexcept {
        while (!has(*at)) {
            ++at;
        }
        return at;
    }

private:
    std::array<bool, 256> is_member_{};
};

constexpr byte_set ends_of_values("\t\n");

char decode_escape(char c) {
    switch (c) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case 'v':
            return '\v';
        default:
            return c;
    }
}

void require_whole_rows(std::string_view rows) {
    if (!rows.empty() && rows.back() != '\n') {
        throw std::runtime_error("the server has sent a row that does not end");
    }
}

/// CSV, with a comma or a tab between values.
class csv_format final : public row_format {
public:
    csv_format(const std::vector<export_column>& columns, const format_options& options)
        : delimiter_(options.syntax == row_syntax::tsv ? '\t' : ','),
          null_marker_(options.null_marker.value_or("")),
          special_(delimiter_ == ',' ? "\t\n\\,\"" : "\t\n\\\""),
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

    std::size_t append_rows(std::string_view rows, std::string& to) override {
        require_whole_rows(rows);
        std::size_t count = 0;
        const char* const end = rows.data() + rows.size();
        for (const char* at = rows.data(); at < end;) {
            const char* found = special_.find(at);
            if (*found == '\t' || *found == '\n') {
                append_plain({at, static_cast<std::size_t>(found - at)}, to);
            } else {
                found = ends_of_values.find(found);
                append_field({at, static_cast<std::size_t>(found - at)}, to);
            }
            const bool ends_row = *found == '\n';
            to.push_back(ends_row ? '\n' : delimiter_);
            count += ends_row ? 1 : 0;
            at = found + 1;
        }
        return count;
    }

private:
    // A value without special characters, as most are.
    void append_plain(std::string_view value, std::string& to) const {
        if (value == null_marker_) {
            append_quoted(value, to);
        } else {
            to.append(value);
        }
    }

    void append_field(std::string_view field, std::string& to) {
        if (field == null_value) {
            to += null_marker_;
            return;
        }
        decoded_.clear();
        append_decoded(field, decoded_);
        append_value(decoded_, to);
    }

    // Quotes what has to be quoted, and a lonely \. too, which ends the data for PostgreSQL.
    void append_value(std::string_view value, std::string& to) const {
        const bool is_quoted = value == null_marker_ || (is_single_ && value == "\\.") ||
                               value.find_first_of("\"\r\n") != std::string_view::npos ||
                               value.find(delimiter_) != std::string_view::npos;
        if (is_quoted) {
            append_quoted(value, to);
        } else {
            to.append(value);
        }
    }

    static void append_quoted(std::string_view value, std::string& to) {
        to.push_back('"');
        for (const char c : value) {
            to.append(c == '"' ? 2 : 1, c);
        }
        to.push_back('"');
    }

    char delimiter_;
    std::string null_marker_;
    byte_set special_;
    bool is_single_;
    std::string header_{};
    std::string decoded_{};  // the value that is being written
};

/// PostgreSQL's text format, as the server sends it.
class text_format final : public row_format {
public:
    text_format(const std::vector<export_column>& columns, const format_options& options) {
        if (options.null_marker && *options.null_marker != null_value) {
            throw std::invalid_argument("in the format text, \\N stands for NULL");
        }
        for (std::size_t i = 0; options.has_header && i < columns.size(); ++i) {
            append_encoded(columns[i].name, header_);
            header_.push_back(i + 1 < columns.size() ? '\t' : '\n');
        }
    }

    void append_header(std::string& to) const override { to += header_; }

    std::size_t append_rows(std::string_view rows, std::string& to) override {
        require_whole_rows(rows);
        to.append(rows);
        return static_cast<std::size_t>(std::count(rows.begin(), rows.end(), '\n'));
    }

private:
    static void append_encoded(std::string_view value, std::string& to) {
        constexpr std::string_view special = "\b\f\n\r\t\v\\";
        constexpr std::string_view letters = "bfnrtv\\";
        for (const char c : value) {
            const std::size_t at = special.find(c);
            if (at == std::string_view::npos) {
                to.push_back(c);
            } else {
                to.append(1, '\\').append(1, letters[at]);
            }
        }
    }

    std::string header_{};
};

// What has to be escaped in a text of JSON. A line break in COPY data ends a row.
constexpr byte_set special_in_json(
    std::string_view("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
                     "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\"\\",
                     34));
constexpr byte_set characters_of_numbers("0123456789+-.e");

void append_json_escape(char c, std::string& to) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
        to.append(1, '\\').append(1, c);
    } else if (c == '\n') {
        to.append("\\n");
    } else if (c == '\t') {
        to.append("\\t");
    } else {
        to.append("\\u00").append(1, digits[code >> 4U]).append(1, digits[code & 15U]);
    }
}

void append_json_string(std::string_view text, std::string& to) {
    to.push_back('"');
    while (!text.empty()) {
        const auto* const found =
            std::find_if(text.begin(), text.end(), [](char c) { return special_in_json.has(c); });
        const auto plain = static_cast<std::size_t>(found - text.begin());
        to.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (!text.empty()) {
            append_json_escape(text.front(), to);
            text.remove_prefix(1);
        }
    }
    to.push_back('"');
}

/// How a value of a column becomes JSON.
enum class json_kind { string, boolean, number, document };

json_kind json_kind_of(dsql::oid type) {
    namespace oids = dsql::oids;
    switch (type) {
        case oids::boolean:
            return json_kind::boolean;
        case oids::int2:
        case oids::int4:
        case oids::int8:
        case oids::object_identifier:
        case oids::float4:
        case oids::float8:
            return json_kind::number;
        case oids::json:
        case oids::jsonb:
            return json_kind::document;
        default:
            return json_kind::string;
    }
}

// A JSON document in one line: PostgreSQL allows line breaks only between its tokens.
void append_json_document(std::string_view document, std::string& to) {
    for (const char c : document) {
        to.push_back(c == '\n' || c == '\r' ? ' ' : c);
    }
}

/// JSON lines.
class json_format final : public row_format {
public:
    explicit json_format(const std::vector<export_column>& columns) {
        std::set<std::string> names;
        for (const export_column& one : columns) {
            if (!names.insert(one.name).second) {
                throw std::invalid_argument("two columns are called \"" + one.name +
                                            "\", and an object of JSON has each name once: give "
                                            "one of them another name (AS)");
            }
            std::string start = columns_.empty() ? "{" : ",";
            append_json_string(one.name, start);
            start.push_back(':');
            columns_.push_back({std::move(start), json_kind_of(one.type)});
        }
    }

    void append_header(std::string&) const override {}

    std::size_t append_rows(std::string_view rows, std::string& to) override {
        require_whole_rows(rows);
        std::size_t count = 0;
        std::size_t column = 0;
        const char* const end = rows.data() + rows.size();
        for (const char* at = rows.data(); at < end; ++count) {
            column = 0;
            bool ends_row = columns_.empty();
            to.append(columns_.empty() ? "{" : "");
            at += columns_.empty() ? 1 : 0;
            while (!ends_row) {
                const char* found = special_in_json.find(at);
                const bool is_plain = ends_of_values.has(*found);
                found = is_plain ? found : ends_of_values.find(found);
                append_field({at, static_cast<std::size_t>(found - at)}, is_plain,
                             columns_.at(column), to);
                ends_row = *found == '\n';
                at = found + 1;
                ++column;
            }
            to.append("}\n");
        }
        return count;
    }

private:
    struct json_column {
        std::string start{};  ///< what is before the value
        json_kind kind = json_kind::string;
    };

    // A plain field is the value itself.
    void append_field(std::string_view field, bool is_plain, const json_column& column,
                      std::string& to) {
        to.append(column.start);
        if (is_plain && column.kind == json_kind::string) {
            to.append(1, '"').append(field).append(1, '"');
        } else if (is_plain) {
            append_value(field, column.kind, to);
        } else if (field == null_value) {
            to.append("null");
        } else {
            decoded_.clear();
            append_decoded(field, decoded_);
            append_value(decoded_, column.kind, to);
        }
    }

    static void append_value(std::string_view value, json_kind kind, std::string& to) {
        // NaN and Infinity are no numbers of JSON.
        const bool is_number = kind == json_kind::number &&
                               std::all_of(value.begin(), value.end(),
                                           [](char c) { return characters_of_numbers.has(c); });
        if (is_number) {
            to.append(value);
        } else if (kind == json_kind::boolean) {
            to.append(value == "t" ? "true" : "false");
        } else if (kind == json_kind::document) {
            append_json_document(value, to);
        } else {
            append_json_string(value, to);
        }
    }

    std::vector<json_column> columns_{};
    std::string decoded_{};
};

}  // namespace

void append_decoded(std::string_view value, std::string& to) {
    for (std::size_t at = 0; at < value.size();) {
        const std::size_t escape = std::min(value.find('\\', at), value.size());
        to.append(value.substr(at, escape - at));
        if (escape + 1 < value.size()) {
            to.push_back(decode_escape(value[escape + 1]));
        }
        at = escape + 2;
    }
}

std::vector<std::string_view> split_row(std::string_view row) {
    std::vector<std::string_view> values;
    while (!row.empty()) {
        const std::size_t end = std::min(row.find_first_of("\t\n"), row.size());
        values.push_back(row.substr(0, end));
        const bool is_last = end == row.size() || row[end] == '\n';
        row.remove_prefix(is_last ? row.size() : end + 1);
    }
    return values;
}

std::unique_ptr<row_format> make_row_format(const std::vector<export_column>& columns,
                                            const format_options& options) {
    switch (options.syntax) {
        case row_syntax::text:
            return std::make_unique<text_format>(columns, options);
        case row_syntax::json_lines:
            if (options.null_marker) {
                throw std::invalid_argument("JSON has null: it needs no marker");
            }
            return std::make_unique<json_format>(columns);
        default:
            return std::make_unique<csv_format>(columns, options);
    }
}

}  // namespace dsql_cli::exports
