// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <cstdint>
#include <string>

namespace dsql {

/// Identifies a PostgreSQL data type: the `oid` of its row in the catalog `pg_type`.
/// Source: PostgreSQL, "Object Identifier Types", "pg_type".
using oid = std::uint32_t;

/// The OIDs of PostgreSQL's built-in types that this library reads and writes. They are the same
/// on every server.
namespace oids {

/// No type: the server infers it from the parameter's place in the statement.
inline constexpr oid unspecified = 0;

/// A type of PostgreSQL's, by the name it has in `pg_type`, but for a few.
///@{
inline constexpr oid boolean = 16;
inline constexpr oid bytea = 17;
inline constexpr oid char_type = 18;  ///< the internal type "char", one byte
inline constexpr oid name = 19;
inline constexpr oid int8 = 20;
inline constexpr oid int2 = 21;
inline constexpr oid int4 = 23;
inline constexpr oid text = 25;
inline constexpr oid object_identifier = 26;  ///< the type `oid`
inline constexpr oid json = 114;
inline constexpr oid xml = 142;
inline constexpr oid float4 = 700;
inline constexpr oid float8 = 701;
inline constexpr oid unknown = 705;
inline constexpr oid bpchar = 1042;
inline constexpr oid varchar = 1043;
inline constexpr oid date = 1082;
inline constexpr oid time = 1083;
inline constexpr oid timestamp = 1114;
inline constexpr oid timestamptz = 1184;
inline constexpr oid interval = 1186;
inline constexpr oid timetz = 1266;
inline constexpr oid numeric = 1700;
inline constexpr oid void_type = 2278;
inline constexpr oid uuid = 2950;
inline constexpr oid jsonb = 3802;
///@}

/// An array of such a type.
///@{
inline constexpr oid boolean_array = 1000;
inline constexpr oid bytea_array = 1001;
inline constexpr oid char_type_array = 1002;
inline constexpr oid name_array = 1003;
inline constexpr oid int2_array = 1005;
inline constexpr oid int4_array = 1007;
inline constexpr oid text_array = 1009;
inline constexpr oid bpchar_array = 1014;
inline constexpr oid varchar_array = 1015;
inline constexpr oid int8_array = 1016;
inline constexpr oid float4_array = 1021;
inline constexpr oid float8_array = 1022;
inline constexpr oid object_identifier_array = 1028;
inline constexpr oid timestamp_array = 1115;
inline constexpr oid date_array = 1182;
inline constexpr oid time_array = 1183;
inline constexpr oid timestamptz_array = 1185;
inline constexpr oid interval_array = 1187;
inline constexpr oid numeric_array = 1231;
inline constexpr oid timetz_array = 1270;
inline constexpr oid uuid_array = 2951;
inline constexpr oid xml_array = 143;
inline constexpr oid json_array = 199;
inline constexpr oid jsonb_array = 3807;
///@}

/// Types made in the database (enums, composites, extensions) have OIDs from here on. Source:
/// PostgreSQL, src/include/access/transam.h, FirstNormalObjectId.
inline constexpr oid first_user_defined = 16'384;

}  // namespace oids

/// The type of the elements of one of the array types above; `oids::unspecified` for any other.
[[nodiscard]] constexpr oid element_type(oid array) noexcept {
    switch (array) {
        case oids::boolean_array:
            return oids::boolean;
        case oids::bytea_array:
            return oids::bytea;
        case oids::char_type_array:
            return oids::char_type;
        case oids::name_array:
            return oids::name;
        case oids::int2_array:
            return oids::int2;
        case oids::int4_array:
            return oids::int4;
        case oids::text_array:
            return oids::text;
        case oids::bpchar_array:
            return oids::bpchar;
        case oids::varchar_array:
            return oids::varchar;
        case oids::int8_array:
            return oids::int8;
        case oids::float4_array:
            return oids::float4;
        case oids::float8_array:
            return oids::float8;
        case oids::object_identifier_array:
            return oids::object_identifier;
        case oids::timestamp_array:
            return oids::timestamp;
        case oids::date_array:
            return oids::date;
        case oids::time_array:
            return oids::time;
        case oids::timestamptz_array:
            return oids::timestamptz;
        case oids::interval_array:
            return oids::interval;
        case oids::numeric_array:
            return oids::numeric;
        case oids::timetz_array:
            return oids::timetz;
        case oids::uuid_array:
            return oids::uuid;
        case oids::xml_array:
            return oids::xml;
        case oids::json_array:
            return oids::json;
        case oids::jsonb_array:
            return oids::jsonb;
        default:
            return oids::unspecified;
    }
}

/// The SQL name of a built-in type, for messages: "bigint", "timestamp with time zone",
/// "integer[]". "type with OID n" for one that is not in `oids`.
[[nodiscard]] DSQL_EXPORT std::string type_name(oid type);

}  // namespace dsql
