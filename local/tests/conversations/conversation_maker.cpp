// SPDX-License-Identifier: Apache-2.0
#include "conversations/conversation_maker.hpp"

#include "wire/messages.hpp"

#include <array>
#include <utility>

namespace dsql_local_test {
namespace {

// A statement with parameters, each of which is a number ('i') or a text ('t').
struct parameterized {
    std::string sql;
    std::string kinds;
};

const std::vector<std::string> simple_queries = {
    "SELECT 1",
    "SELECT id, word FROM words ORDER BY id",
    "SELECT 1; SELECT 'two', 2; SELECT",
    "INSERT INTO words VALUES (100, 'hundred')",
    "INSERT INTO words SELECT n, 'many' FROM generate_series(200, 220) AS n",
    "UPDATE words SET word = word || '!' WHERE id = 5 RETURNING *",
    "DELETE FROM words WHERE id = 3",
    "DELETE FROM words WHERE id = 4; SELECT count(*) FROM words",
    "SELECT 1; SELECT 1 / 0; SELECT 2",
    "SELEC 1",
    "SELECT none FROM words",
    "SELECT * FROM nowhere",
    "INSERT INTO words VALUES (1, 'again')",
    "BEGIN",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "BEGIN; SELECT 1; COMMIT",
    "BEGIN; UPDATE words SET word = 'x' WHERE id = 1; ROLLBACK",
    "BEGIN; SELECT 1 / 0; COMMIT",
    "START TRANSACTION READ ONLY",
    "SET application_name = 'first'",
    "SET timezone = 'Europe/Rome'",
    "SET extra_float_digits = 0",
    "SHOW timezone",
    "SELECT '2026-11-29 12:00:00+00'::timestamptz, 1.0::float8 / 3, NULL, ''",
    "SELECT n, repeat('word ', n) FROM generate_series(1, 30) AS n",
    "/* only a comment */ SELECT 'a', -- and another\n 'b'",
    "SELECT $$;$$ AS \"a;b\", ';'",
    "VALUES (1, 'a'), (2, NULL)",
    "SELECT unnest(ARRAY[1, 2, 3])",
    "SELECT 'unterminated",
    "SELECT '\xC3\xA4\xE2\x82\xAC'",
    "SELECT '\xFF'",
};

const std::vector<std::string> simple_queries_of_postgres = {
    "SAVEPOINT s; SELECT 1 / 0",
    "BEGIN; SAVEPOINT s; UPDATE words SET word = 'y'; ROLLBACK TO s; COMMIT",
    "ROLLBACK TO SAVEPOINT s",
    "CREATE TEMPORARY TABLE scratch (id serial, word text)",
    "INSERT INTO scratch (word) VALUES ('a') RETURNING *",
    "DROP TABLE IF EXISTS nowhere",
    "DO 'BEGIN RAISE NOTICE $$a notice$$; RAISE WARNING $$a warning$$; END'",
    "DO 'BEGIN RAISE EXCEPTION $$raised$$ USING ERRCODE = $$P0004$$; END'",
    "LISTEN channel; NOTIFY channel, 'news'",
    "PREPARE p (int) AS SELECT $1 + 1; EXECUTE p(1); DEALLOCATE p",
    "EXECUTE nothing",
    "PREPARE a AS INSERT INTO words VALUES (60, 'prepared')",
    "EXECUTE a",
    "DECLARE c CURSOR FOR SELECT id FROM words ORDER BY id; FETCH 3 FROM c; MOVE 1 IN c; CLOSE c",
    "CREATE TABLE extra (id int); INSERT INTO extra VALUES (1); DROP TABLE extra",
    "SET LOCAL statement_timeout = '1h'",
    "SET lock_timeout = 0; RESET ALL; DISCARD ALL",
    "SHOW statement_timeout",
    "LOCK TABLE words",
    "TRUNCATE words",
    "SELECT pg_advisory_xact_lock(1)",
    "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT AND CHAIN; ROLLBACK",
};

const std::vector<parameterized> statements = {
    {"SELECT $1::int4 + 1", "i"},
    {"SELECT 10 / $1::int4", "i"},
    {"SELECT $1::text, $2::text, $3::int4", "tti"},
    {"SELECT id, word FROM words WHERE id > $1 ORDER BY id", "i"},
    {"SELECT n FROM generate_series(1, $1::int4) AS n", "i"},
    {"INSERT INTO words VALUES ($1, $2)", "it"},
    {"INSERT INTO words VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET word = excluded.word", "it"},
    {"INSERT INTO words SELECT n, 'many' FROM generate_series($1::int4, $1::int4 + 5) AS n", "i"},
    {"UPDATE words SET word = $1 WHERE id = $2 RETURNING id, word", "ti"},
    {"DELETE FROM words WHERE id = $1", "i"},
    {"SELECT 1.0::float8 / 3, 'NaN'::float8, 1.50::numeric, '2026-11-29'::date, '\\x00ff'::bytea",
     ""},
    {"BEGIN", ""},
    {"COMMIT", ""},
    {"ROLLBACK", ""},
    {"SET application_name = 'second'", ""},
    {"SHOW application_name", ""},
    {"SELEC 1", ""},
    {"SELECT 1; SELECT 2", ""},
    {"SELECT none FROM words", ""},
    {"SELECT FROM words", ""},
};

const std::vector<parameterized> statements_of_postgres = {
    {"SAVEPOINT s", ""},
    {"ROLLBACK TO SAVEPOINT s", ""},
    {"CREATE TEMPORARY TABLE scratch (id serial, word text)", ""},
    {"INSERT INTO scratch (word) VALUES ($1)", "t"},
    {"DO 'BEGIN RAISE NOTICE $$a notice$$; END'", ""},
    {"SET statement_timeout = '1h'", ""},
    {"FETCH 2 FROM \"p\"", ""},
    {"PREPARE a AS SELECT count(*) FROM words", ""},
    {"EXECUTE a", ""},
    {"DEALLOCATE a", ""},
    {"CREATE TABLE extra (id int)", ""},
    {"DROP TABLE IF EXISTS extra", ""},
};

constexpr std::array<std::uint32_t, 4> row_limits = {0, 0, 1, 3};
constexpr std::size_t large = 150'000;

}  // namespace

std::vector<std::string> schema_for_conversations() {
    return {"CREATE TABLE words (id int PRIMARY KEY, word text)"};
}

std::vector<std::string> state_for_conversations(dialect allowed) {
    std::vector<std::string> all = {"DELETE FROM words",
                                    "INSERT INTO words SELECT n, 'word ' || n"
                                    " FROM generate_series(1, 20) AS n"};
    if (allowed == dialect::postgres) {
        all.emplace_back("DROP TABLE IF EXISTS extra");
    }
    return all;
}

std::vector<step> conversation_maker::make() {
    for (std::uint64_t bursts = 1 + below(10); bursts > 0; --bursts) {
        add_burst();
        if (!once_in(3)) {
            add(finish());
        }
    }
    add(finish());
    add(query("ROLLBACK"));
    add(finish());
    return std::move(steps_);
}

void conversation_maker::add(step next) {
    if (next.then == afterwards::write_more && once_in(4)) {
        next.then = afterwards::send;
    }
    steps_.push_back(std::move(next));
}

void conversation_maker::add_burst() {
    switch (below(12)) {
        case 0:
        case 1:
        case 2:
            add_simple_query();
            return;
        case 3:
            add_copy_in();
            return;
        case 4:
            add_copy_out();
            return;
        case 5:
            add_large_message();
            return;
        case 6:
        case 7:
            add_flushed_execution();
            return;
        default:
            add_pipeline();
            return;
    }
}

void conversation_maker::add_simple_query() {
    if (statements_ == dialect::postgres && once_in(3)) {
        add(query(one_of(simple_queries_of_postgres)));
        return;
    }
    add(query(one_of(simple_queries)));
}

void conversation_maker::add_pipeline() {
    const std::uint64_t units = 1 + below(6);
    for (std::uint64_t i = 0; i < units; ++i) {
        add_unit();
        if (once_in(3)) {
            add(sync());
        }
    }
    if (!once_in(4)) {
        add(sync());
    }
}

// Mostly Parse, Bind, Describe and Execute of one statement, with some of them missing or for
// another name, so that the server reports errors and skips messages.
void conversation_maker::add_unit() {
    const bool of_postgres = statements_ == dialect::postgres && once_in(4);
    const parameterized& chosen = of_postgres ? one_of(statements_of_postgres) : one_of(statements);
    const std::string statement = statement_name();
    const std::string portal = portal_name();
    if (!once_in(6)) {
        add(parse(statement, chosen.sql));
    }
    if (once_in(5)) {
        add(describe('S', statement));
    }
    if (!once_in(8)) {
        add_bind(portal, once_in(10) ? statement_name() : statement, chosen.kinds);
    }
    if (once_in(2)) {
        add(describe('P', portal));
    }
    for (std::uint64_t times = once_in(4) ? 2 : 1; times > 0; --times) {
        const std::string executed = once_in(10) ? portal_name() : portal;
        add(execute(executed, one_of(row_limits)));
    }
    add_end_of_unit();
}

// What seldom follows an Execute.
void conversation_maker::add_end_of_unit() {
    if (once_in(8)) {
        add(close('S', statement_name()));
    }
    if (once_in(8)) {
        add(close('P', portal_name()));
    }
    if (once_in(20)) {
        add(flush());
    }
    if (once_in(15)) {
        add_simple_query();  // before the Sync
    }
}

void conversation_maker::add_bind(const std::string& portal, const std::string& statement,
                                  const std::string& kinds) {
    const std::vector<bound_parameter> parameters = make_parameters(kinds);
    add(bind(portal, statement, parameters, make_result_formats()));
}

void conversation_maker::add_flushed_execution() {
    const parameterized& chosen = one_of(statements);
    add(finish());
    add(parse("", chosen.sql));
    add_bind("", "", chosen.kinds);
    add(execute("", one_of(row_limits)));
    add(flush());
    steps_.back().then = afterwards::read_until_result;
}

void conversation_maker::add_copy_in() {
    const bool is_simple = once_in(2);
    add_begin_of_copy_in(is_simple);
    add_copied_data();
    switch (below(5)) {
        case 0:
            add(copy_fail("given up"));
            break;
        case 1:
            // Something that does not belong to a COPY follows. Without the client waiting, nobody
            // can know whether PostgreSQL has then ignored a Sync.
            if (statements_ == dialect::dsql) {
                add(copy_done());
            }
            break;
        default:
            add(copy_done());
    }
    if (!is_simple && !once_in(5)) {
        add(sync());
    }
}

void conversation_maker::add_begin_of_copy_in(bool is_simple) {
    static const std::vector<std::string> copies = {
        "COPY words FROM STDIN", "COPY words (id) FROM STDIN", "COPY words FROM STDIN (FORMAT csv)",
        "COPY nowhere FROM STDIN", "COPY words FROM STDIN; SELECT 'after'"};
    if (is_simple) {
        add(query(one_of(copies)));
    } else {
        add(parse("", one_of(copies)));
        add(bind("", "", {}, {}));
        add(execute("", 0));
        if (once_in(2)) {
            add(sync());  // which the server ignores while it copies
        }
    }
}

void conversation_maker::add_copied_data() {
    static const std::vector<std::string> data = {
        "300\tc\n301\t\\N\n", "302,c\n", "1\tagain\n", "not a number\tc\n", "303\n", "", "\\.\n",
        "304\tan \"e",        "nd\"\n"};
    for (std::uint64_t pieces = below(4); pieces > 0; --pieces) {
        add(copy_data(one_of(data)));
        if (once_in(10)) {
            add(once_in(2) ? flush() : sync());
        }
    }
}

void conversation_maker::add_copy_out() {
    static const std::vector<std::string> copies = {
        "COPY (SELECT * FROM words ORDER BY id) TO STDOUT",
        "COPY (SELECT id, word FROM words ORDER BY id) TO STDOUT (FORMAT csv)",
        "COPY (SELECT 1, 'a') TO STDOUT (FORMAT binary)", "COPY (SELECT 1 / 0) TO STDOUT",
        "COPY (SELECT 1) TO STDOUT; SELECT 'after'"};
    if (once_in(2)) {
        add(query(one_of(copies)));
        return;
    }
    add(parse("", one_of(copies)));
    add(bind("", "", {}, {}));
    add(describe('P', ""));
    add(execute("", once_in(2) ? 0 : 1));
    add(sync());
}

// Either the request or the response is large, so that neither side waits for the other to read.
void conversation_maker::add_large_message() {
    switch (below(4)) {
        case 0:
            add(query("SELECT length('" + std::string(large + below(1000), 'q') + "')"));
            return;
        case 1:
            add(query("SELECT repeat('a', " + std::to_string(large + below(1000)) +
                      ") FROM generate_series(1, 3)"));
            return;
        case 2:
            add(query("COPY words FROM STDIN"));
            add(copy_data("400\t" + std::string(large, 'd') + "\n"));
            add(copy_done());
            return;
        default:
            add(parse("", "SELECT length($1::text)"));
            add(bind("", "", {{.value = std::string(large + below(1000), 'b')}}, {1}));
            add(execute("", 0));
            add(sync());
            return;
    }
}

std::vector<bound_parameter> conversation_maker::make_parameters(const std::string& kinds) {
    std::vector<bound_parameter> parameters;
    for (const char kind : kinds) {
        parameters.push_back(make_parameter(kind));
    }
    if (once_in(25)) {
        parameters.push_back(make_parameter('t'));  // one too many
    }
    return parameters;
}

bound_parameter conversation_maker::make_parameter(char kind) {
    if (once_in(12)) {
        return {.value = std::nullopt};
    }
    if (kind == 't') {
        static const std::vector<std::string> texts = {"", "text", "it's", "\xC3\xA4", "a;b--c"};
        return {.value = one_of(texts), .format = static_cast<std::uint16_t>(below(2))};
    }
    const auto number = static_cast<std::uint32_t>(below(30));
    if (once_in(2)) {
        return {.value = once_in(15) ? "no number" : std::to_string(number)};
    }
    bound_parameter binary{.value = std::string(), .format = 1};
    wire::append_uint32(*binary.value, number);
    if (once_in(15)) {
        binary.value->pop_back();  // three bytes are no number
    }
    return binary;
}

std::vector<std::uint16_t> conversation_maker::make_result_formats() {
    static const std::vector<std::vector<std::uint16_t>> formats = {{}, {}, {0}, {1}, {0, 1}};
    return one_of(formats);
}

std::string conversation_maker::statement_name() {
    static const std::vector<std::string> names = {"", "", "a", "b"};
    return one_of(names);
}

std::string conversation_maker::portal_name() {
    static const std::vector<std::string> names = {"", "", "", "p", "q"};
    return one_of(names);
}

}  // namespace dsql_local_test
