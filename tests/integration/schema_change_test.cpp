// SPDX-License-Identifier: Apache-2.0
// A statement that was prepared before a column changed its type. The server still interprets the
// values as the old type, so the statement must be prepared again before it runs.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/random_seed.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <functional>
#include <iterator>
#include <ostream>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace schema_change_test {

using dsql::connection;

constexpr const char* insert = "INSERT INTO retyped VALUES ($1)";

// A column that is re-created with another type, and a value that the old type cannot hold.
struct retyping {
    const char* name;
    const char* before;
    const char* first_value;
    const char* after;
    std::string value;
    std::string stored;
};
std::ostream& operator<<(std::ostream& out, const retyping& one) {
    return out << one.name;
}
const retyping retypings[] = {
    {"DateTimestamp", "date", "2026-01-02", "timestamp", "2026-01-02 03:04:05",
     "2026-01-02 03:04:05"},
    {"TimestampTimestamptz", "timestamp", "2026-01-02 03:04:05", "timestamptz",
     "2026-01-02 03:04:05+05", "2026-01-01 22:04:05+00"},
    {"RealDouble", "real", "0.5", "float8", "0.123456789012", "0.123456789012"},
    {"NameText", "name", "x", "text", std::string(200, 'y'), std::string(200, 'y')},
    {"IntText", "int", "1", "text", "word", "word"},
    {"IntUuid", "int", "1", "uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
     "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
    {"VarcharText", "varchar(3)", "abc", "text", "abcdef", "abcdef"},
};

struct way {
    const char* name;
    std::function<void(connection&, const std::string&)> run;
};
std::ostream& operator<<(std::ostream& out, const way& one) {
    return out << one.name;
}
const way ways[] = {
    {"ByText",
     [](connection& on, const std::string& value) {
         on.execute(insert, value);
     }},
    {"ByHand",
     [](connection& on, const std::string& value) {
         on.execute(on.prepare(insert), value);
     }},
    {"InABatch",
     [](connection& on, const std::string& value) {
         static_cast<void>(on.run(dsql::batch().add("SELECT 1").add(insert, value)));
     }},
};

// A way in which the change happens while a connection has the statement prepared.
struct change {
    const char* name;
    std::function<void(connection&, const retyping&)> apply;
};
std::ostream& operator<<(std::ostream& out, const change& one) {
    return out << one.name;
}

std::string create(const std::string& type) {
    return "CREATE TEMP TABLE retyped (v " + type + ")";
}

void libpq(connection& session, const std::string& sql) {
    PGresult* const result = PQexec(session.native_handle(), sql.c_str());
    EXPECT_EQ(PQresultStatus(result), PGRES_COMMAND_OK) << PQresultErrorMessage(result);
    PQclear(result);
}

const change changes[] = {
    {"ByTheConnection",
     [](connection& on, const retyping& to) {
         on.execute("DROP TABLE retyped");
         on.execute(create(to.after));
     }},
    {"InATransaction",
     [](connection& on, const retyping& to) {
         dsql::transaction changing = on.begin();
         changing.execute("DROP TABLE retyped");
         changing.execute(create(to.after));
         changing.commit();
     }},
    {"InABatch",
     [](connection& on, const retyping& to) {
         static_cast<void>(on.run(dsql::batch().add("DROP TABLE retyped").add(create(to.after))));
     }},
    {"ByADoBlock",
     [](connection& on, const retyping& to) {
         on.execute("DO $$ BEGIN DROP TABLE retyped; " + create(to.after) + "; END $$");
     }},
    {"ByAStream",
     [](connection& on, const retyping& to) {
         dsql::transaction changing = on.begin();
         changing.execute("DROP TABLE retyped");
         auto rows = changing.stream<std::string>(create(to.after));
         EXPECT_THROW(static_cast<void>(rows.begin()), dsql::conversion_error) << "it has none";
         changing.commit();
     }},
    {"BySelectInto",
     [](connection& on, const retyping& to) {
         on.execute("DROP TABLE retyped");
         on.execute(std::string("SELECT NULL::") + to.after + " AS v INTO TEMP retyped");
         on.execute("DELETE FROM retyped");
     }},
};

using parameters_of = std::tuple<retyping, way, change>;
class Retyped : public testing::TestWithParam<parameters_of> {
protected:
    [[nodiscard]] const retyping& type() const { return std::get<retyping>(GetParam()); }
    [[nodiscard]] const way& run() const { return std::get<way>(GetParam()); }
    [[nodiscard]] const change& how() const { return std::get<change>(GetParam()); }
};

TEST_P(Retyped, IsReadAsTheCurrentType) {
    connection session = dsql::connect(endpoint_under_test());
    session.execute("SET TIME ZONE 'UTC'");
    session.execute(create(type().before));
    for (const way& each : ways) {
        each.run(session, type().first_value);
        each.run(session, type().first_value);
    }
    how().apply(session, type());
    run().run(session, type().value);
    EXPECT_EQ(session.query_value<std::string>("SELECT v::text FROM retyped"), type().stored);
}

INSTANTIATE_TEST_SUITE_P(Each, Retyped,
                         testing::Combine(testing::ValuesIn(retypings), testing::ValuesIn(ways),
                                          testing::ValuesIn(changes)),
                         [](const testing::TestParamInfo<parameters_of>& one) {
                             return std::string(std::get<retyping>(one.param).name) +
                                    std::get<way>(one.param).name +
                                    std::get<change>(one.param).name;
                         });

bool is_conflict(const std::function<void()>& call) {
    try {
        call();
        return false;
    } catch (const dsql::error& failure) {
        return dsql::is_occ_conflict(failure);
    }
}

class SchemaChange : public testing::TestWithParam<way> {
protected:
    SchemaChange() {
        session_.execute("DROP SCHEMA IF EXISTS schema_change_a, schema_change_b CASCADE");
        session_.execute("CREATE SCHEMA schema_change_a");
        session_.execute("CREATE SCHEMA schema_change_b");
        session_.execute("CREATE TABLE schema_change_a.retyped (v date)");
        session_.execute("CREATE TABLE schema_change_b.retyped (v timestamp)");
    }
    ~SchemaChange() override {
        try_until_seen("DROP SCHEMA schema_change_a, schema_change_b CASCADE");
    }

    // A session that has not seen a schema change of another session gets one conflict error.
    void try_until_seen(const char* sql) {
        dsql::execute_with_retry(session_, dsql::retry_policy::patient(), sql);
    }

    void insert_as_date() {
        for (const way& each : ways) {
            each.run(session_, "2026-01-02");
            each.run(session_, "2026-01-02");
        }
    }
    void expect_timestamp_kept() {
        GetParam().run(session_, "2026-01-02 03:04:05");
        EXPECT_EQ(session_.query_value<std::string>("SELECT max(v)::text FROM retyped"),
                  "2026-01-02 03:04:05");
    }

    connection session_ = dsql::connect(endpoint_under_test());
};

TEST_P(SchemaChange, OfTheSearchPathIsNoticed) {
    const std::string set_config = "SELECT set_config('search_path', 'schema_change_b', false)";
    const std::function<void()> changes_to_b[] = {
        [&] { session_.execute("SET search_path = schema_change_b"); },
        [&] { session_.execute(set_config); },
        [&] {
            for (const auto& row : session_.stream<std::string>(set_config)) {
                static_cast<void>(row);
            }
        },
        [&] {
            session_.copy_out_to("COPY (" + set_config + ") TO STDOUT", [](std::string_view) {});
        }};
    for (const auto& change : changes_to_b) {
        session_.execute("SET search_path = schema_change_a");
        insert_as_date();
        change();
        expect_timestamp_kept();
    }
}

TEST_P(SchemaChange, ARolledBackSearchPathIsNoticed) {
    session_.execute("SET search_path = schema_change_b");
    {
        dsql::transaction local = session_.begin();
        local.execute("SET LOCAL search_path = schema_change_a");
        insert_as_date();
        local.commit();
    }
    expect_timestamp_kept();
    {
        dsql::transaction undone = session_.begin();
        undone.execute("SET search_path = schema_change_a");
        insert_as_date();
    }
    expect_timestamp_kept();
    {
        dsql::transaction failed = session_.begin();
        failed.execute("SET search_path = schema_change_a");
        insert_as_date();
        EXPECT_THROW(failed.execute("SELECT 1/0"), dsql::server_error);
        EXPECT_THROW(failed.commit(), dsql::error);
    }
    expect_timestamp_kept();
}

// The endpoint sends no OC001 for this DDL, as PostgreSQL does not. dsql-local sends it only for
// DDL that it recognizes by its keywords.
TEST_P(SchemaChange, ByAnotherConnectionOfThePoolIsNoticed) {
    dsql::pool pool(endpoint_under_test(), {.max_connections = 2});
    dsql::pooled_connection other = pool.acquire();
    dsql::pooled_connection prepared = pool.acquire();
    other->execute("SELECT 1");
    prepared->execute("SELECT 1");
    for (const bool in_transaction : {false, true}) {
        other->execute(
            "DO $$ BEGIN DROP TABLE IF EXISTS public.retyped; "
            "CREATE TABLE public.retyped (v date); END $$");
        GetParam().run(*prepared, "2026-01-02");
        GetParam().run(*prepared, "2026-01-02");
        const std::string retype =
            "DO $$ BEGIN DROP TABLE public.retyped; CREATE TABLE public.retyped (v timestamp); END "
            "$$";
        if (in_transaction) {
            dsql::transaction changing = other->begin();
            changing.execute(retype);
            changing.commit();
        } else {
            other->execute(retype);
        }
        GetParam().run(*prepared, "2026-01-02 03:04:05");
        EXPECT_EQ(prepared->query_value<std::string>("SELECT v::text FROM public.retyped"),
                  "2026-01-02 03:04:05");
    }
    dsql::execute_with_retry(*other, dsql::retry_policy::patient(), "DROP TABLE public.retyped");
}

// DSQL reports a schema change to every session, by a conflict error.
TEST_P(SchemaChange, ByOtherSessionsIsNoticedByTheConflict) {
    connection other = dsql::connect(endpoint_under_test());
    session_.execute("SET search_path = schema_change_a");
    insert_as_date();
    other.execute("DROP TABLE schema_change_a.retyped");
    other.execute("CREATE TABLE schema_change_a.retyped (v timestamp)");
    EXPECT_TRUE(is_conflict([&] { GetParam().run(session_, "2026-01-02"); }));
    expect_timestamp_kept();
}

// A change without a conflict error is noticed when the server cannot parse a value as the old
// type.
TEST_P(SchemaChange, WithoutAConflictIsNoticedByTheError) {
    libpq(session_, "CREATE TEMP TABLE retyped (v int)");
    for (const way& each : ways) {
        each.run(session_, "1");
        each.run(session_, "2");
    }
    for (const char* type : {"text", "uuid", "date"}) {
        libpq(session_, "DROP TABLE retyped");
        libpq(session_, std::string("CREATE TEMP TABLE retyped (v ") + type + ")");
        const std::string value = type == std::string("uuid")
                                      ? "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
                                  : type == std::string("date") ? "2026-01-02"
                                                                : "word";
        GetParam().run(session_, value);
        GetParam().run(session_, value);
        EXPECT_EQ(session_.query_value<long>("SELECT count(*) FROM retyped"), 2);
    }
}

INSTANTIATE_TEST_SUITE_P(Each, SchemaChange, testing::ValuesIn(ways),
                         [](const testing::TestParamInfo<way>& one) {
                             return std::string(one.param.name);
                         });

// Random changes in random ways, each followed by values that only the new type can hold.
TEST(SchemaChanges, InAnyOrderStoreEachValueUnchanged) {
    const auto seed = random_seed();
    std::mt19937_64 random(seed);
    SCOPED_TRACE("DSQL_TEST_SEED=" + std::to_string(seed));
    const auto any = [&random](std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
    };
    connection session = dsql::connect(endpoint_under_test());
    session.execute("SET TIME ZONE 'UTC'");
    session.execute(create("text"));
    for (int round = 0; round < 150 && !testing::Test::HasFailure(); ++round) {
        // The types before and after the change, in either order.
        const retyping& to = retypings[any(std::size(retypings))];
        const change& how = changes[any(std::size(changes))];
        if (any(3) == 0) {
            dsql::transaction undone = session.begin();
            undone.execute("DROP TABLE retyped");
            undone.execute(create(retypings[any(std::size(retypings))].before));
            if (any(2) == 0) {
                undone.execute("SELECT count(*) FROM retyped");
            }
        }
        how.apply(session, {.name = "",
                            .before = "",
                            .first_value = "",
                            .after = to.before,
                            .value = "",
                            .stored = ""});
        for (std::size_t i = any(3); i > 0; --i) {
            ways[any(std::size(ways))].run(session, to.first_value);
        }
        changes[any(std::size(changes))].apply(session, to);
        for (std::size_t i = any(3); i > 0; --i) {
            session.execute("DELETE FROM retyped");
            const way& run = ways[any(std::size(ways))];
            run.run(session, to.value);
            EXPECT_EQ(session.query_value<std::string>("SELECT v::text FROM retyped"), to.stored)
                << to.name << " " << run.name << " " << how.name << " in round " << round;
        }
    }
}

// The program keeps a prepared statement whose parameters have the old types.
TEST(SchemaChanges, AKeptStatementWithOldParameterTypesIsAnError) {
    connection session = dsql::connect(endpoint_under_test());
    session.execute("CREATE TEMP TABLE retyped (v real, w int)");
    const dsql::statement held = session.prepare("INSERT INTO retyped VALUES ($1, $2)");
    session.execute(held, 0.5, 1);
    session.execute("ALTER TABLE retyped ALTER v TYPE float8");
    for (int round = 0; round < 2; ++round) {
        try {
            session.execute(held, 0.123456789012, 2);
            FAIL() << "it was run";
        } catch (const dsql::config_error& failure) {
            EXPECT_NE(std::string(failure.what()).find("(real, integer) and are (double precision"),
                      std::string::npos)
                << failure.what();
        }
        EXPECT_TRUE(session.is_idle());
    }
    const dsql::statement again = session.prepare(held.sql());
    session.execute(again, 0.123456789012, 2);
    EXPECT_EQ(session.query_value<double>("SELECT v FROM retyped WHERE w = 2"), 0.123456789012);
    session.execute("ALTER TABLE retyped ADD COLUMN more int");
    session.execute(again, 1.5, 3);  // the parameter types are unchanged
    EXPECT_EQ(session.query_value<long>("SELECT count(*) FROM retyped"), 3);
}

// The library asks the server for the type of a parameter, and may get a conflict error instead.
TEST(SchemaChanges, AConflictDuringTypeInferenceLosesNoDigits) {
    connection session = dsql::connect(endpoint_under_test());
    connection other = dsql::connect(endpoint_under_test());
    dsql::execute_with_retry(session, dsql::retry_policy::patient(), "DROP TABLE IF EXISTS asked");
    session.execute("CREATE TABLE asked (v numeric)");
    dsql::execute_with_retry(other, dsql::retry_policy::patient(),
                             "ALTER TABLE asked ADD COLUMN w int");
    EXPECT_TRUE(is_conflict(
        [&] { session.execute("INSERT INTO asked (v) VALUES ($1)", 9007199254740991.0); }));
    session.execute("INSERT INTO asked (v) VALUES ($1)", 9007199254740991.0);
    EXPECT_EQ(session.query_value<std::string>("SELECT v::text FROM asked"), "9007199254740991");
    session.execute("DROP TABLE asked");
}

// Repeating the batch could apply its effects twice.
TEST(SchemaChanges, ABatchThatEndsATransactionInItsMiddleIsNotRepeated) {
    connection session = dsql::connect(endpoint_under_test());
    session.execute("CREATE TEMP TABLE counted (n int)");
    session.execute("CREATE TEMP TABLE retyped (v int)");
    session.execute(insert, "1");
    session.execute(insert, "1");
    libpq(session, "DROP TABLE retyped");
    libpq(session, "CREATE TEMP TABLE retyped (v uuid)");
    dsql::batch statements;
    statements.add("INSERT INTO counted VALUES (1)").add("COMMIT").add(insert, "x");
    EXPECT_THROW(static_cast<void>(session.run(statements)), dsql::batch_error);
    EXPECT_EQ(session.query_value<long>("SELECT count(*) FROM counted"), 1);
}

}  // namespace schema_change_test
