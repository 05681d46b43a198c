// SPDX-License-Identifier: Apache-2.0
#include "pg/values/type_advice.hpp"

#include <string_view>

namespace dsql::detail {

namespace {

// Returns the C++ type that is written as a PostgreSQL type; empty for a type that the library does
// not write.
std::string_view cpp_type_of(oid type) noexcept {
    switch (type) {
        case oids::boolean:
            return "bool";
        case oids::int2:
            return "short";
        case oids::int4:
            return "int";
        case oids::int8:
            return "std::int64_t";
        case oids::float4:
            return "float";
        case oids::float8:
            return "double";
        case oids::numeric:
            return "dsql::decimal";
        case oids::text:
        case oids::varchar:
        case oids::bpchar:
        case oids::name:
            return "std::string";
        case oids::bytea:
            return "std::vector<std::byte>";
        case oids::uuid:
            return "dsql::uuid";
        case oids::json:
            return "dsql::json";
        case oids::jsonb:
            return "dsql::jsonb";
        case oids::timestamptz:
            return "std::chrono::sys_time";
        case oids::timestamp:
            return "std::chrono::local_time";
        case oids::date:
            return "std::chrono::sys_days";
        case oids::time:
            return "std::chrono::hh_mm_ss";
        case oids::timetz:
            return "dsql::time_with_time_zone";
        case oids::interval:
            return "dsql::interval";
        default:
            return {};
    }
}

}  // namespace

std::string advice_for(oid type) {
    const oid element = element_type(type);
    const std::string_view single = cpp_type_of(element == oids::unspecified ? type : element);
    if (single.empty()) {
        return "give it as text, or cast it in the statement";
    }
    return element == oids::unspecified ? "use " + std::string(single)
                                        : "use a std::vector of " + std::string(single);
}

}  // namespace dsql::detail
