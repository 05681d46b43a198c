// SPDX-License-Identifier: Apache-2.0
#include "pg/sql/parameter_places.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace parameter_places_test {

using dsql::pg::parameter_place;
using dsql::pg::parameter_places;

constexpr auto stored = parameter_place::stored;
constexpr auto compared = parameter_place::compared;
constexpr auto computed = parameter_place::computed;
constexpr auto other = parameter_place::other;

struct sample {
    const char* sql;
    std::vector<parameter_place> places;
};
std::ostream& operator<<(std::ostream& out, const sample& one) {
    return out << one.sql;
}

class ParameterPlaces : public testing::TestWithParam<sample> {};

TEST_P(ParameterPlaces, DependOnTheSurroundingTokens) {
    EXPECT_EQ(parameter_places(GetParam().sql, GetParam().places.size()), GetParam().places);
}

const sample of_rows[] = {
    {"INSERT INTO t VALUES ($1, $2)", {stored, stored}},
    {"INSERT INTO t (a, \"b\") VALUES ($1, $2), ($3, 4), ( $4 , now())",
     {stored, stored, stored, stored}},
    {"insert into t values (/* the first */ $1, -- the second\n $2)", {stored, stored}},
    {"INSERT INTO t SELECT $1, $2 FROM u", {stored, stored}},
    {"INSERT INTO t VALUES (U&'\\0041 $1', $1), (u&'$2', $2)", {stored, stored}},
    {"INSERT INTO U&\"t $1\" VALUES ($1)", {stored}},
    {"INSERT INTO t VALUES (a$b, $1, $c, $$ $2 $$, $2)", {stored, stored}},
    {"INSERT INTO t VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = $2", {stored, stored}},
    {"INSERT INTO t VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = excluded.a + $2",
     {stored, computed}},
    {"UPDATE t SET a = $1, b = b + $2 WHERE c = $3", {stored, computed, compared}},
    {"UPDATE t SET (a, b) = ($1, $2)", {stored, stored}},
    {"UPDATE t SET a = CASE WHEN x THEN 1 ELSE 2 END, b = $1", {stored}},
    {"UPDATE t SET a = x IS DISTINCT FROM y, b = $1", {stored}},
    {"WITH o AS (INSERT INTO t (a) VALUES ($1) RETURNING a) SELECT * FROM o", {stored}},
    {"WITH o AS (UPDATE t SET a = $1 WHERE b = $2 RETURNING *) SELECT * FROM o, u WHERE c = $3",
     {stored, compared, compared}},
    {"INSERT INTO t VALUES ($1::numeric, f($2::numeric))", {computed, computed}},
    {"MERGE INTO t USING u ON t.a = u.a WHEN NOT MATCHED THEN INSERT VALUES ($1) "
     "WHEN MATCHED THEN UPDATE SET a = $2",
     {stored, stored}},
};
INSTANTIATE_TEST_SUITE_P(OfRows, ParameterPlaces, testing::ValuesIn(of_rows));

const sample of_operators[] = {
    {"DELETE FROM t WHERE a >= $1 AND $2 < a", {compared, other}},
    {"DELETE FROM t WHERE a BETWEEN $1 AND $2", {compared, compared}},
    {"DELETE FROM t WHERE a IN ($1, $2)", {compared, compared}},
    {"DELETE FROM t WHERE (a, b) = ($1, $2)", {compared, compared}},
    {"UPDATE t SET a = b WHERE (c) = $1", {compared}},
    {"UPDATE t SET a = $1 = b, c = d = $2", {other, compared}},
    {"SELECT * FROM t WHERE a = $1 AND $2 IS NULL", {compared, other}},
    {"SELECT * FROM t WHERE a LIKE $1 AND $2 NOTNULL", {other, other}},
    {"SELECT * FROM t WHERE at = $1 AT TIME ZONE 'UTC'", {other}},
    {"UPDATE t SET at = $1 AT TIME ZONE 'UTC', a = $2[1], b = $3 COLLATE \"C\"",
     {other, other, other}},
    {"UPDATE t SET at = ($1) + interval '1 day', a = ($2) * b", {other, other}},
    {"UPDATE t SET a = f(x => $1, y := $2)", {other, other}},
    {"SELECT * FROM t WHERE a > $1[1]", {other}},
    {"INSERT INTO t VALUES (round(a * $1, 2))", {computed}},
    {"UPDATE t SET a = $1 * a + $2", {computed, computed}},
    {"SELECT * FROM t WHERE at > $1 - interval '1 day'", {computed}},
    {"SELECT * FROM t WHERE at BETWEEN $1 - interval '1 day' AND $2", {computed, other}},
    {"SELECT * FROM t WHERE at > now() - $1", {computed}},
    {"SELECT * FROM t WHERE $1 IS NULL OR at = $1", {other}},
    {"UPDATE t SET a = a + $1, b = $1", {other}},
    {"INSERT INTO t VALUES ($1, $2) ON CONFLICT (a) DO UPDATE SET b = $2", {stored, stored}},
    {"DELETE FROM t WHERE a < $1 OR b < $1", {other}},
    {"INSERT INTO t VALUES ($1 + $2, -$3)", {other, other, other}},
    {"INSERT INTO t VALUES ('5' * $1, interval '1 day' * $2)", {other, other}},
    {"INSERT INTO t SELECT - $1", {other}},
    {"UPDATE t SET a=-$1, b = c*-$2", {other, other}},
    {"UPDATE t SET a=$1,b=b*$2", {stored, computed}},
    {"DELETE FROM t WHERE a>=$1 AND b<>$2", {compared, compared}},
    {"SELECT $1 < $2, $3 < 'x'", {other, other, other}},
};
INSTANTIATE_TEST_SUITE_P(OfOperators, ParameterPlaces, testing::ValuesIn(of_operators));

const sample of_others[] = {
    {"INSERT INTO t VALUES (f($1), coalesce($2, 1))", {other, other}},
    {"INSERT INTO t VALUES (jsonb_build_object('a', $1))", {other}},
    {"INSERT INTO t VALUES (ARRAY[$1, $2])", {other, other}},
    {"INSERT INTO t VALUES ((SELECT $1))", {other}},
    {"UPDATE t SET (a, b) = (SELECT $1, $2)", {other, other}},
    {"DELETE FROM t WHERE a IN (SELECT $1, $2)", {other, other}},
    {"UPDATE t SET a = v.a FROM (VALUES ($1, $2), ($3, $4)) AS v (i, a) WHERE t.i = v.i",
     {other, other, other, other}},
    {"UPDATE t SET a = CASE WHEN b THEN $1 ELSE $2 END", {other, other}},
    {"INSERT INTO t VALUES ($1, f($1))", {other}},
    {"INSERT INTO t SELECT * FROM u LIMIT $1", {other}},
    {"INSERT INTO t SELECT DISTINCT $1, $2", {other, other}},
    {"INSERT INTO t SELECT $1 FROM u GROUP BY 1", {other}},
    {"INSERT INTO t SELECT a, $1 FROM u UNION ALL SELECT b, c FROM v", {other}},
    {"SELECT a, $1 FROM t", {other}},
    {"WITH x AS (SELECT $1 AS a, $2 AS b) INSERT INTO t SELECT a, b FROM x", {other, other}},
    {"INSERT INTO t VALUES ('$1', \"$2\") -- $3", {other, other, other}},
    {"DELETE FROM t WHERE a = ANY($1)", {other}},
    {"SELECT extract(epoch FROM $1), date_trunc('day', $2)", {other, other}},
    {"INSERT INTO t VALUES ($1 AT TIME ZONE 'UTC')", {other}},
    {"SELECT", {other}},
    {"INSERT INTO t VALUES ($1, $3)", {stored}},
    {"", {}},
};
INSTANTIATE_TEST_SUITE_P(OfFunctionsAndInnerQueries, ParameterPlaces, testing::ValuesIn(of_others));

}  // namespace parameter_places_test
