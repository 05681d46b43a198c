// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>
#include <dsql/uuid.hpp>

#include <cstring>

namespace dsql {

/// `dsql::uuid` <-> `uuid`.
template <>
struct codec<uuid> {
    static std::string name() { return "dsql::uuid"; }
    static constexpr oid type = oids::uuid;
    static constexpr oid array_type = oids::uuid_array;
    static constexpr bool reads(oid column) { return column == type; }
    static uuid read(const binary_value& value) {
        uuid::bytes_type bytes;
        if (value.size != bytes.size()) [[unlikely]] {
            detail::throw_wrong_size(value);
        }
        std::memcpy(bytes.data(), value.data, bytes.size());
        return uuid(bytes);
    }
    static void write(byte_writer& out, const uuid& value, oid /*target*/) {
        out.put({reinterpret_cast<const char*>(value.bytes().data()), value.bytes().size()});
    }
    static void write_text(byte_writer& out, const uuid& value) { out.put(value.to_string()); }
};

}  // namespace dsql
