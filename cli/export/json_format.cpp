// SPDX-License-Identifier: Apache-2.0
#include "export/copy_text.hpp"
#include "export/formats.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace dsql_cli::exports {

namespace {

// Ends a value of COPY, or may need another form in a text of JSON.
constexpr byte_set special_in_json(
    std::string_view("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
                     "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\"\\",
                     34));
constexpr byte_set characters_of_numbers("0123456789+-.e");

constexpr byte_replacements make_json_escapes() {
    constexpr std::string_view digits = "0123456789abcdef";
    byte_replacements escapes;
    for (unsigned int code = 0; code < ' '; ++code) {
        const std::array<char, 6> escape = {
            '\\', 'u', '0', '0', digits[code / 16], digits[code % 16]};
        escapes.replace(static_cast<char>(code), {escape.data(), escape.size()});
    }
    escapes.replace('\n', "\\n");
    escapes.replace('\t', "\\t");
    escapes.replace('"', "\\\"");
    escapes.replace('\\', "\\\\");
    return escapes;
}

void append_json_string(std::string_view text, std::string& to) {
    static constexpr byte_replacements escapes = make_json_escapes();
    to.push_back('"');
    escapes.append(text, to);
    to.push_back('"');
}

// A JSON document in one line: PostgreSQL allows line breaks only between its tokens.
void append_json_document(std::string_view document, std::string& to) {
    const auto before = static_cast<std::ptrdiff_t>(to.size());
    to.append(document);
    std::transform(to.begin() + before, to.end(), to.begin() + before,
                   [](char c) { return c == '\n' || c == '\r' ? ' ' : c; });
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

// NaN and Infinity are no numbers of JSON.
bool is_json_number(std::string_view value) {
    return !value.empty() && characters_of_numbers.has_all_of(value);
}

void append_json_value(std::string_view value, json_kind kind, std::string& to) {
    if (kind == json_kind::number && is_json_number(value)) {
        to.append(value);
    } else if (kind == json_kind::boolean) {
        to.append(value == "t" ? "true" : "false");
    } else if (kind == json_kind::document) {
        append_json_document(value, to);
    } else {
        append_json_string(value, to);
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
        const char* const end = rows.data() + rows.size();
        for (const char* at = rows.data(); at < end; ++count) {
            at = columns_.empty() ? append_empty_row(at, to) : append_row(at, to);
        }
        return count;
    }

private:
    struct json_column {
        std::string start{};  ///< what is before the value
        json_kind kind = json_kind::string;
    };

    // Returns where the next row begins.
    const char* append_row(const char* at, std::string& to) {
        for (const json_column& column : columns_) {
            const char* value_end = special_in_json.find(at);
            const bool is_plain = ends_of_values.has(*value_end);
            value_end = is_plain ? value_end : ends_of_values.find(value_end);
            to.append(column.start);
            append_copied({at, static_cast<std::size_t>(value_end - at)}, is_plain, column.kind,
                          to);
            require_end(*value_end, &column == &columns_.back());
            at = value_end + 1;
        }
        to.append("}\n");
        return at;
    }

    static const char* append_empty_row(const char* at, std::string& to) {
        require_end(*at, true);
        to.append("{}\n");
        return at + 1;
    }

    static void require_end(char end_of_value, bool is_last) {
        if ((end_of_value == '\n') != is_last) {
            throw std::runtime_error(
                "the server has sent a row that has not a value for each "
                "column");
        }
    }

    // A plain value is the same in COPY and in a text of JSON.
    void append_copied(std::string_view value, bool is_plain, json_kind kind, std::string& to) {
        if (is_plain && kind == json_kind::string) {
            to.push_back('"');
            to.append(value);
            to.push_back('"');
        } else if (is_plain) {
            append_json_value(value, kind, to);
        } else if (value == null_value) {
            to.append("null");
        } else {
            decoded_.clear();
            append_decoded(value, decoded_);
            append_json_value(decoded_, kind, to);
        }
    }

    std::vector<json_column> columns_{};
    std::string decoded_{};  // the value that is being written
};

}  // namespace

std::unique_ptr<row_format> make_json_format(const std::vector<export_column>& columns,
                                             const format_options& options) {
    if (options.null_marker) {
        throw std::invalid_argument("JSON has null: it needs no marker");
    }
    return std::make_unique<json_format>(columns);
}

}  // namespace dsql_cli::exports
