// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>
#include <dsql/codecs/text.hpp>
#include <dsql/oid.hpp>

#include <string>

namespace dsql {

namespace detail {

/// JSON text of one of PostgreSQL's two types.
template <oid Type>
struct json_text {
    std::string text{};

    [[nodiscard]] friend bool operator==(const json_text&, const json_text&) = default;
};

}  // namespace detail

/// A value of PostgreSQL's `json`: its text, which this library does not parse; the server checks
/// it and stores it as it is. Two values are equal if their texts are. Source: PostgreSQL, "JSON
/// Types".
using json = detail::json_text<oids::json>;

/// A value of PostgreSQL's `jsonb`: its text, which this library does not parse. What is read is
/// the text that PostgreSQL prints, with its own spaces and order of keys, so it may differ from
/// the one that was sent. Two values are equal if their texts are. Source: PostgreSQL, "JSON
/// Types".
using jsonb = detail::json_text<oids::jsonb>;

/// `dsql::json` and `dsql::jsonb` <-> `json` and `jsonb`, each reads and writes both; a parameter
/// has the type of the same name.
template <oid Type>
struct codec<detail::json_text<Type>> {
    using json_text = detail::json_text<Type>;

    static std::string name() { return Type == oids::json ? "dsql::json" : "dsql::jsonb"; }
    static constexpr oid type = Type;
    static constexpr oid array_type = Type == oids::json ? oids::json_array : oids::jsonb_array;
    static constexpr bool reads(oid column) {
        return column == oids::json || column == oids::jsonb;
    }
    static json_text read(const binary_value& value) {
        return {std::string(detail::text_of(value))};
    }
    static constexpr bool writes(oid column) { return reads(column); }
    static void write(byte_writer& out, const json_text& value, oid target) {
        detail::put_text_as(out, value.text, target);
    }
    static void write_text(byte_writer& out, const json_text& value) {
        detail::put_text(out, value.text);
    }
};

}  // namespace dsql
