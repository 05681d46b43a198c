// SPDX-License-Identifier: Apache-2.0
#include <dsql/oid.hpp>

#include <string_view>

namespace dsql {

namespace {

// Returns the name that PostgreSQL's format_type() returns; empty for a type that this library does
// not know.
std::string_view scalar_name(oid type) noexcept {
    switch (type) {
        case oids::boolean:
            return "boolean";
        case oids::bytea:
            return "bytea";
        case oids::char_type:
            return "\"char\"";
        case oids::name:
            return "name";
        case oids::int8:
            return "bigint";
        case oids::int2:
            return "smallint";
        case oids::int4:
            return "integer";
        case oids::text:
            return "text";
        case oids::object_identifier:
            return "oid";
        case oids::json:
            return "json";
        case oids::xml:
            return "xml";
        case oids::float4:
            return "real";
        case oids::float8:
            return "double precision";
        case oids::unknown:
            return "unknown";
        case oids::bpchar:
            return "character";
        case oids::varchar:
            return "character varying";
        case oids::date:
            return "date";
        case oids::time:
            return "time";
        case oids::timestamp:
            return "timestamp";
        case oids::timestamptz:
            return "timestamp with time zone";
        case oids::interval:
            return "interval";
        case oids::timetz:
            return "time with time zone";
        case oids::numeric:
            return "numeric";
        case oids::void_type:
            return "void";
        case oids::uuid:
            return "uuid";
        case oids::jsonb:
            return "jsonb";
        default:
            return {};
    }
}

}  // namespace

std::string type_name(oid type) {
    if (const std::string_view scalar = scalar_name(type); !scalar.empty()) {
        return std::string(scalar);
    }
    if (const oid element = element_type(type); element != oids::unspecified) {
        return std::string(scalar_name(element)) + "[]";
    }
    return "type with OID " + std::to_string(type);
}

}  // namespace dsql
