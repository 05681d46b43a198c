// SPDX-License-Identifier: Apache-2.0
// The library asks the server for parameter types in some statements only. The question never makes
// a statement fail that works with its declared types, because inside a transaction the error would
// abort the transaction.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <ostream>
#include <string>

namespace inferred_types_test {

using dsql::connection;

struct sample {
    const char* name;
    const char* sql;
};
std::ostream& operator<<(std::ostream& out, const sample& one) {
    return out << one.sql;
}

connection with_table() {
    connection session = dsql::connect(endpoint_under_test());
    session.execute("SET TIME ZONE 'America/New_York'");
    session.execute(
        "CREATE TEMP TABLE asked (at timestamptz, n numeric, i int, f float8, j jsonb, x text, "
        "length interval)");
    session.execute("INSERT INTO asked VALUES (now(), 1.5, 2, 2.5, '{}', 'x', '1 day')");
    return session;
}

template <class Value>
void expect_to_run_in_a_transaction(const sample& one, const Value& value) {
    connection session = with_table();
    for (int round = 0; round < 2; ++round) {
        dsql::transaction running = session.begin();
        try {
            static_cast<void>(running.query(one.sql, value));
            running.commit();
        } catch (const std::exception& failure) {
            ADD_FAILURE() << failure.what();
        }
        dsql::transaction in_batch = session.begin();
        try {
            static_cast<void>(in_batch.run(dsql::batch().add("SELECT 1").add(one.sql, value)));
        } catch (const std::exception& failure) {
            ADD_FAILURE() << failure.what();
        }
    }
}

class AMoment : public testing::TestWithParam<sample> {};

TEST_P(AMoment, WorksWhereverTheServerInfersItsType) {
    expect_to_run_in_a_transaction(GetParam(), std::chrono::system_clock::now());
}

const sample with_a_moment[] = {
    {"Comparison", "SELECT * FROM asked WHERE at > $1"},
    {"Interval", "SELECT * FROM asked WHERE at > $1 - interval '1 day'"},
    {"IntervalBefore", "SELECT * FROM asked WHERE at > interval '1 day' + $1"},
    {"Between", "SELECT * FROM asked WHERE at BETWEEN $1 - interval '1 day' AND $1"},
    {"DateTrunc", "SELECT date_trunc('day', $1)"},
    {"Extract", "SELECT extract(epoch FROM $1)"},
    {"ToChar", "SELECT to_char($1, 'YYYY')"},
    {"Age", "SELECT age($1)"},
    {"IsNull", "SELECT * FROM asked WHERE $1 IS NULL OR at = $1"},
    {"Item", "SELECT $1, at FROM asked"},
    {"Union", "SELECT $1 UNION ALL SELECT at FROM asked"},
    {"Distinct", "SELECT DISTINCT $1 FROM asked"},
    {"Cte", "WITH w AS (SELECT $1 AS at) SELECT * FROM asked, w WHERE asked.at < w.at"},
    {"Coalesce", "INSERT INTO asked (at) VALUES (coalesce($1, now()))"},
    {"Sum", "INSERT INTO asked (at) VALUES ($1 + interval '1 day')"},
    {"CteInsert", "WITH w AS (SELECT $1 AS at) INSERT INTO asked (at) SELECT at FROM w"},
    {"InsertSelect", "INSERT INTO asked (at, i) SELECT $1, i FROM asked"},
    {"InsertDistinct", "INSERT INTO asked (at) SELECT DISTINCT $1 FROM asked"},
    {"InsertGrouped", "INSERT INTO asked (at, i) SELECT $1, max(i) FROM asked GROUP BY n"},
    {"InsertUnion", "INSERT INTO asked (at) SELECT $1 UNION SELECT at FROM asked"},
    {"InsertOrdered", "INSERT INTO asked (at, i) SELECT $1, i FROM asked ORDER BY 1, 2"},
    {"Case", "UPDATE asked SET at = CASE WHEN i > 1 THEN $1 ELSE at END"},
    {"FromValues", "UPDATE asked SET at = v.at FROM (VALUES ($1)) AS v (at)"},
    {"Subselect", "UPDATE asked SET (at, i) = (SELECT $1, 3)"},
    {"Json", "UPDATE asked SET j = jsonb_build_object('at', $1)"},
    {"Text", "UPDATE asked SET x = $1::text"},
    {"Greatest", "UPDATE asked SET at = greatest(at, $1)"},
    {"Returning", "INSERT INTO asked (at) VALUES ($1) RETURNING at = $1"},
    {"Row", "SELECT * FROM asked WHERE (at, i) >= ($1, 1)"},
    {"In", "SELECT * FROM asked WHERE at IN ($1, now())"},
    {"Any", "SELECT * FROM asked WHERE at = ANY (ARRAY[$1, now()])"},
    {"Limit", "SELECT count(*) FROM asked WHERE at < $1 LIMIT 1"},
    {"Series", "SELECT * FROM generate_series($1, $1 + interval '2 days', interval '1 day')"},
    {"Window", "SELECT row_number() OVER (ORDER BY at) FROM asked WHERE at <= $1"},
    {"AtTimeZone", "SELECT $1 AT TIME ZONE 'UTC'"},
    {"Overlaps", "SELECT (at, at) OVERLAPS ($1, now()) FROM asked"},
    {"DistinctFrom", "SELECT * FROM asked WHERE at IS DISTINCT FROM $1"},
    {"AndIsNull", "SELECT * FROM asked WHERE i = 1 AND $1 IS NULL"},
    {"LikeAndIsNull", "SELECT * FROM asked WHERE x LIKE 'x' AND $1 NOTNULL"},
    {"ParenthesisedSum", "UPDATE asked SET at = ($1) + interval '1 day'"},
    {"Twice", "UPDATE asked SET at = $1 WHERE $1 > at"},
};
INSTANTIATE_TEST_SUITE_P(In, AMoment, testing::ValuesIn(with_a_moment),
                         [](const testing::TestParamInfo<sample>& one) {
                             return std::string(one.param.name);
                         });

class ADouble : public testing::TestWithParam<sample> {};

TEST_P(ADouble, WorksWhereverTheServerInfersItsType) {
    expect_to_run_in_a_transaction(GetParam(), 2.25);
}

const sample with_a_double[] = {
    {"Alone", "SELECT $1"},
    {"TimesALiteral", "SELECT $1 * 2"},
    {"TimesAnInteger", "SELECT i * $1 FROM asked"},
    {"LessThanAnInteger", "SELECT * FROM asked WHERE i < $1"},
    {"Function", "SELECT round(n * $1::numeric, 1), sqrt($1), power($1, 2) FROM asked"},
    {"UpdateByAnInteger", "UPDATE asked SET n = i * $1"},
    {"UpdateByALiteral", "UPDATE asked SET n = $1 * 2 + 1"},
    {"UpdateSum", "UPDATE asked SET n = n + $1"},
    {"UpdateWhere", "UPDATE asked SET n = 1 WHERE i < $1"},
    {"DeleteWhere", "DELETE FROM asked WHERE i > $1 OR n > $1"},
    {"Negative", "UPDATE asked SET n = -$1"},
    {"NegativeWithoutSpace", "UPDATE asked SET n=-$1"},
    {"TimesNegative", "UPDATE asked SET n=n*-$1"},
    {"Two", "UPDATE asked SET n = $1 + $1"},
    {"Parenthesised", "UPDATE asked SET n = ($1) * i"},
    {"ComparisonAsValue", "UPDATE asked SET x = (f = $1)::text"},
    {"InAWith", "WITH o AS (UPDATE asked SET n = $1 RETURNING n) SELECT * FROM o"},
    {"Coalesce", "UPDATE asked SET n = coalesce($1, n)"},
    {"Case", "UPDATE asked SET n = CASE WHEN i > 1 THEN $1 ELSE n END"},
    {"Json", "UPDATE asked SET j = jsonb_build_object('n', $1)"},
    {"ToJson", "UPDATE asked SET j = to_jsonb($1)"},
    {"Concat", "UPDATE asked SET x = concat($1, 'x')"},
    {"Format", "UPDATE asked SET x = format('%s', $1)"},
    {"Concatenated", "UPDATE asked SET x = x || $1"},
    {"Interval", "UPDATE asked SET length = interval '1 second' * $1"},
    {"IntervalColumn", "UPDATE asked SET length = length * $1"},
    {"MakeInterval", "UPDATE asked SET length = make_interval(secs => $1)"},
    {"ToTimestamp", "UPDATE asked SET at = to_timestamp($1)"},
    {"Insert", "INSERT INTO asked (n) VALUES ($1)"},
    {"Twice", "UPDATE asked SET n = n * $1, f = $1"},
    {"InsertSelect", "INSERT INTO asked (n) SELECT $1 FROM asked"},
    {"InsertSelectSum", "INSERT INTO asked (n) SELECT n + $1 FROM asked ORDER BY 1"},
    {"FromValues", "UPDATE asked SET n = v.n FROM (VALUES ($1)) AS v (n)"},
    {"OnConflict", "INSERT INTO asked (n) VALUES ($1) ON CONFLICT DO NOTHING"},
    {"Comments", "INSERT /* $1 */ INTO asked (n) -- $1\n VALUES (/* here */ $1)"},
    {"StringConstant", "INSERT INTO asked (x, n) VALUES ('$1', $1)"},
    {"Cast", "INSERT INTO asked (i) VALUES ($1::int)"},
    {"CastCall", "INSERT INTO asked (i) VALUES (CAST($1 AS int))"},
    {"Limit", "DELETE FROM asked WHERE ctid IN (SELECT ctid FROM asked WHERE f < $1 LIMIT 1)"},
};
INSTANTIATE_TEST_SUITE_P(In, ADouble, testing::ValuesIn(with_a_double),
                         [](const testing::TestParamInfo<sample>& one) {
                             return std::string(one.param.name);
                         });

constexpr double seventeen_digits = 9007199254740991.0;

TEST(InferredTypes, DigitsAreKeptInANestedStatement) {
    connection session = with_table();
    session.execute("WITH o AS (UPDATE asked SET n = $1 RETURNING *) SELECT * FROM o",
                    seventeen_digits);
    EXPECT_EQ(session.query_value<std::string>("SELECT n::text FROM asked"), "9007199254740991");
    session.execute(
        "WITH o AS (INSERT INTO asked (n, i) VALUES ($1, 7) RETURNING *) SELECT * FROM o",
        -seventeen_digits);
    EXPECT_EQ(session.query_value<std::string>("SELECT n::text FROM asked WHERE i = 7"),
              "-9007199254740991");
}

// With the declared type, one of the two columns would lose digits.
TEST(InferredTypes, AParameterOfTwoTypesIsAnErrorEverywhere) {
    connection session = with_table();
    const char* const sql = "UPDATE asked SET n = $1, i = $1";
    for (int round = 0; round < 2; ++round) {
        EXPECT_THROW(session.execute(sql, 2.0), dsql::server_error);
        dsql::transaction inside = session.begin();
        EXPECT_THROW(inside.execute(sql, 2.0), dsql::server_error);
    }
    session.execute("UPDATE asked SET n = $1::numeric, i = $1::int", 2.0);
}

TEST(InferredTypes, ABatchThatChangesTheSchemaFirstIsRejected) {
    connection session = with_table();
    const dsql::statement prepared = session.prepare("UPDATE asked SET x = $1");
    for (const char* change :
         {"ALTER TABLE asked ADD COLUMN more numeric", "SET search_path = public", "RESET ALL"}) {
        EXPECT_THROW(static_cast<void>(session.run(dsql::batch().add(change).add(
                         "UPDATE asked SET n = $1", seventeen_digits))),
                     dsql::error)
            << change;
        EXPECT_THROW(static_cast<void>(session.run(dsql::batch().add(change).add(prepared, "y"))),
                     dsql::error)
            << change;
    }
    EXPECT_TRUE(session.is_idle());
    EXPECT_EQ(session.query_value<std::string>("SELECT x FROM asked"), "x");
    static_cast<void>(session.run(
        dsql::batch().add("SET TIME ZONE 'UTC'").add(prepared, "z").add("SELECT $1", 1)));
    EXPECT_EQ(session.query_value<std::string>("SELECT x FROM asked"), "z");
}

TEST(InferredTypes, ADomainBehavesAsItsBaseType) {
    connection session = with_table();
    session.execute("CREATE DOMAIN pg_temp.amount AS numeric");
    session.execute("CREATE DOMAIN pg_temp.price AS pg_temp.amount");
    session.execute("CREATE DOMAIN pg_temp.clock AS timestamp");
    session.execute("CREATE TEMP TABLE domains (p pg_temp.price, c pg_temp.clock)");
    const dsql::statement prepared = session.prepare("INSERT INTO domains VALUES ($1, $2)");
    const auto moment = std::chrono::system_clock::now();
    EXPECT_THROW(session.execute(prepared, 1.0, moment), dsql::conversion_error);
    EXPECT_THROW(session.execute("INSERT INTO domains VALUES ($1, $2)", 1.0, moment),
                 dsql::conversion_error);
    session.execute(prepared, seventeen_digits, nullptr);
    session.execute("INSERT INTO domains VALUES ($1, $2)", seventeen_digits, nullptr);
    EXPECT_EQ(session.query_value<std::string>("SELECT string_agg(p::text, ',') FROM domains"),
              "9007199254740991,9007199254740991");
}

}  // namespace inferred_types_test
