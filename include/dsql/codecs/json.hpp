// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>
#include <dsql/codecs/text.hpp>
#include <dsql/json.hpp>

namespace dsql {

/// `dsql::json` and `dsql::jsonb` <-> `json` and `jsonb`, each from and to each; as a parameter
/// the one of its name.
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
