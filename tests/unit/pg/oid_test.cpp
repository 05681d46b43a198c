// SPDX-License-Identifier: Apache-2.0
// Names of types, as messages show them.
#include <dsql/oid.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace oid_test {

namespace oids = dsql::oids;

TEST(TypeName, IsPostgresqls) {
    const std::vector<std::pair<dsql::oid, const char*>> names = {
        {oids::boolean, "boolean"},
        {oids::bytea, "bytea"},
        {oids::char_type, "\"char\""},
        {oids::name, "name"},
        {oids::int8, "bigint"},
        {oids::int2, "smallint"},
        {oids::int4, "integer"},
        {oids::text, "text"},
        {oids::object_identifier, "oid"},
        {oids::json, "json"},
        {oids::xml, "xml"},
        {oids::float4, "real"},
        {oids::float8, "double precision"},
        {oids::unknown, "unknown"},
        {oids::bpchar, "character"},
        {oids::varchar, "character varying"},
        {oids::date, "date"},
        {oids::time, "time"},
        {oids::timestamp, "timestamp"},
        {oids::timestamptz, "timestamp with time zone"},
        {oids::interval, "interval"},
        {oids::timetz, "time with time zone"},
        {oids::numeric, "numeric"},
        {oids::void_type, "void"},
        {oids::uuid, "uuid"},
        {oids::jsonb, "jsonb"},
        {oids::int4_array, "integer[]"},
        {oids::timestamptz_array, "timestamp with time zone[]"},
        {oids::first_user_defined, "type with OID 16384"}};
    for (const auto& [type, name] : names) {
        EXPECT_EQ(dsql::type_name(type), name);
    }
}

}  // namespace oid_test
