// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>
#include <dsql/decimal.hpp>

namespace dsql {

/// `dsql::decimal` <-> `numeric`, with all its digits. `double` and `float` read the nearest
/// number.
template <>
struct codec<decimal> {
    static std::string name() { return "dsql::decimal"; }
    static constexpr oid type = oids::numeric;
    static constexpr oid array_type = oids::numeric_array;
    static constexpr bool reads(oid column) { return column == type; }
    static DSQL_EXPORT decimal read(const binary_value& value);
    static DSQL_EXPORT void write(byte_writer& out, const decimal& value, oid target);
    static void write_text(byte_writer& out, const decimal& value) { out.put(value.to_string()); }
};

}  // namespace dsql
