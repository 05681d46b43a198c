// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>

namespace dsql {

/// `bool` <-> `boolean`.
template <>
struct codec<bool> {
    static std::string name() { return "bool"; }
    static constexpr oid type = oids::boolean;
    static constexpr oid array_type = oids::boolean_array;
    static constexpr bool reads(oid column) { return column == oids::boolean; }
    static bool read(const binary_value& value) {
        return detail::load_integer<signed char>(value) != 0;
    }
    static void write(byte_writer& out, bool value, oid /*target*/) { out.put_char(value ? 1 : 0); }
    static void write_text(byte_writer& out, bool value) { out.put_char(value ? 't' : 'f'); }
};

}  // namespace dsql
