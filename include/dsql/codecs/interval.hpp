// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>
#include <dsql/interval.hpp>

namespace dsql {

/// `dsql::interval` <-> `interval`.
template <>
struct codec<interval> {
    static std::string name() { return "dsql::interval"; }
    static constexpr oid type = oids::interval;
    static constexpr oid array_type = oids::interval_array;
    static constexpr bool reads(oid column) { return column == type; }
    static DSQL_EXPORT interval read(const binary_value& value);
    static DSQL_EXPORT void write(byte_writer& out, const interval& value, oid target);
    static void write_text(byte_writer& out, const interval& value) { out.put(value.to_string()); }
};

}  // namespace dsql
