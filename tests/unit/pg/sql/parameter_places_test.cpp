// SPDX-License-Identifier: Apache-2.0
#include "pg/sql/parameter_places.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace parameter_places_test {

using dsql::pg::parameter_place;
using dsql::pg::parameter_places;

constexpr auto direct = parameter_place::direct;
constexpr auto arithmetic = parameter_place::arithmetic;
constexpr auto other = parameter_place::other;

struct sample {
    const char* sql;
    std::vector<parameter_place> places;
};
std::ostream& operator<<(std::ostream& out, const sample& one) {
    return out << one.sql;
}

class ParameterPlaces : public testing::TestWithParam<sample> {};

TEST_P(ParameterPlaces, AreToldByTheTokensAround) {
    EXPECT_EQ(parameter_places(GetParam().sql, GetParam().places.size()), GetParam().places);
}

const sample of_rows[] = {
    {"INSERT INTO t VALUES ($1, $2)", {direct, direct}},
    {"INSERT INTO t (a, \"b\") VALUES ($1, $2), ($3, 4), ( $4 , now())",
     {direct, direct, direct, direct}},
    {"insert into t values (/* the first */ $1, -- the second\n $2)", {direct, direct}},
    {"INSERT INTO t SELECT $1, $2 FROM u", {direct, direct}},
    {"INSERT INTO t VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = $2", {direct, direct}},
    {"UPDATE t SET a = $1, b = b + $2 WHERE c = $3", {direct, arithmetic, direct}},
    {"UPDATE t SET (a, b) = ($1, $2)", {direct, direct}},
    {"INSERT INTO t VALUES ($1::numeric, f($2::numeric))", {direct, direct}},
};
INSTANTIATE_TEST_SUITE_P(OfRows, ParameterPlaces, testing::ValuesIn(of_rows));

const sample of_operators[] = {
    {"DELETE FROM t WHERE a >= $1 AND $2 < a", {direct, direct}},
    {"DELETE FROM t WHERE a BETWEEN $1 AND $2", {direct, direct}},
    {"DELETE FROM t WHERE a IN ($1, $2)", {direct, direct}},
    {"INSERT INTO t VALUES (round(a * $1, 2))", {arithmetic}},
    {"UPDATE t SET a = $1 * a + $2", {arithmetic, arithmetic}},
    {"SELECT * FROM t WHERE at > $1 - interval '1 day'", {arithmetic}},
    {"SELECT * FROM t WHERE at BETWEEN $1 - interval '1 day' AND $2", {arithmetic, other}},
    {"SELECT * FROM t WHERE at > now() - $1", {arithmetic}},
    {"SELECT * FROM t WHERE $1 IS NULL OR at = $1", {other}},
    {"UPDATE t SET a = a + $1, b = $1", {arithmetic}},
    {"INSERT INTO t VALUES ($1 + $2, -$3)", {other, other, other}},
    {"INSERT INTO t SELECT - $1", {other}},
    {"SELECT $1 < $2", {other, other}},
};
INSTANTIATE_TEST_SUITE_P(OfOperators, ParameterPlaces, testing::ValuesIn(of_operators));

const sample of_others[] = {
    {"INSERT INTO t VALUES (f($1), coalesce($2, 1))", {other, other}},
    {"INSERT INTO t VALUES (jsonb_build_object('a', $1))", {other}},
    {"INSERT INTO t VALUES (ARRAY[$1, $2])", {other, other}},
    {"INSERT INTO t VALUES ((SELECT $1))", {other}},
    {"UPDATE t SET a = v.a FROM (VALUES ($1, $2), ($3, $4)) AS v (i, a) WHERE t.i = v.i",
     {other, other, other, other}},
    {"UPDATE t SET a = CASE WHEN b THEN $1 ELSE $2 END", {other, other}},
    {"INSERT INTO t VALUES ($1, f($1))", {other}},
    {"INSERT INTO t SELECT * FROM u LIMIT $1", {other}},
    {"INSERT INTO t VALUES ('$1', \"$2\") -- $3", {other, other, other}},
    {"DELETE FROM t WHERE a = ANY($1)", {other}},
    {"SELECT extract(epoch FROM $1), date_trunc('day', $2)", {other, other}},
    {"SELECT", {other}},
    {"INSERT INTO t VALUES ($1, $3)", {direct}},
    {"", {}},
};
INSTANTIATE_TEST_SUITE_P(OfFunctionsAndInnerQueries, ParameterPlaces, testing::ValuesIn(of_others));

}  // namespace parameter_places_test
