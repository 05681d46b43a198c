// SPDX-License-Identifier: Apache-2.0
#include "pg/sql/parameter_places.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace parameter_places_test {

using dsql::pg::inferable_parameters;

struct places {
    const char* sql;
    std::vector<bool> inferable;
};
std::ostream& operator<<(std::ostream& out, const places& one) {
    return out << one.sql;
}

class ParameterPlaces : public testing::TestWithParam<places> {};

TEST_P(ParameterPlaces, AreToldByTheTokensAround) {
    EXPECT_EQ(inferable_parameters(GetParam().sql, GetParam().inferable.size()),
              GetParam().inferable);
}

const places of_rows[] = {
    {"INSERT INTO t VALUES ($1, $2)", {true, true}},
    {"INSERT INTO t (a, \"b\") VALUES ($1, $2), ($3, 4), ( $4 , now())", {true, true, true, true}},
    {"insert into t values (/* the first */ $1, -- the second\n $2)", {true, true}},
    {"INSERT INTO t SELECT $1, $2 FROM u", {true, true}},
    {"INSERT INTO t VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = $2", {true, true}},
    {"UPDATE t SET a = $1, b = b + $2 WHERE c = $3", {true, true, true}},
    {"UPDATE t SET (a, b) = ($1, $2)", {true, true}},
    {"DELETE FROM t WHERE a >= $1 AND $2 < a", {true, true}},
    {"DELETE FROM t WHERE a BETWEEN $1 AND $2", {true, true}},
    {"DELETE FROM t WHERE a IN ($1, $2)", {true, true}},
    {"INSERT INTO t VALUES ($1::numeric, f($2::numeric))", {true, true}},
    {"INSERT INTO t VALUES (round(a * $1, 2))", {true}},
};
INSTANTIATE_TEST_SUITE_P(OfRowsAndOperators, ParameterPlaces, testing::ValuesIn(of_rows));

const places of_others[] = {
    {"INSERT INTO t VALUES (f($1), coalesce($2, 1))", {false, false}},
    {"INSERT INTO t VALUES (jsonb_build_object('a', $1))", {false}},
    {"INSERT INTO t VALUES ($1 + $2, -$3)", {false, false, false}},
    {"INSERT INTO t VALUES (ARRAY[$1, $2])", {false, false}},
    {"INSERT INTO t VALUES ((SELECT $1))", {false}},
    {"UPDATE t SET a = v.a FROM (VALUES ($1, $2), ($3, $4)) AS v (i, a) WHERE t.i = v.i",
     {false, false, false, false}},
    {"UPDATE t SET a = CASE WHEN b THEN $1 ELSE $2 END", {false, false}},
    {"INSERT INTO t VALUES ($1, f($1))", {false}},
    {"INSERT INTO t SELECT * FROM u LIMIT $1", {false}},
    {"INSERT INTO t VALUES ('$1', \"$2\") -- $3", {false, false, false}},
    {"DELETE FROM t WHERE a = ANY($1)", {false}},
    {"INSERT INTO t SELECT - $1", {false}},
    {"SELECT", {false}},
    {"INSERT INTO t VALUES ($1, $3)", {true}},
    {"", {}},
};
INSTANTIATE_TEST_SUITE_P(OfFunctionsAndInnerQueries, ParameterPlaces, testing::ValuesIn(of_others));

}  // namespace parameter_places_test
