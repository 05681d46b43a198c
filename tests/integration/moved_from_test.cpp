// SPDX-License-Identifier: Apache-2.0
// Moved-from and empty objects: every public function of every class has defined behavior. It
// behaves as on an empty object, or throws an `error` that names the cause.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace moved_from_test {

using dsql::connection;

constexpr const char* two_rows = "SELECT n, 'text' AS label FROM generate_series(1, 2) n";

connection connect() {
    return dsql::connect(endpoint_under_test());
}

// Returns the text of the exception that a call throws. Only these exceptions are part of the
// interface.
template <class Call>
std::string thrown_by(Call call) {
    try {
        call();
    } catch (const dsql::error& thrown) {
        return thrown.what();
    } catch (const std::out_of_range& thrown) {
        return thrown.what();
    }
    return "nothing";
}

// Calls on one object, each of which must throw an error that contains these words.
class calls_that_throw {
public:
    calls_that_throw(const char* name, std::string words) : name_(name), words_(std::move(words)) {}

    template <class Call>
    void operator()(const char* function, Call call) const {
        const std::string message = thrown_by(call);
        EXPECT_NE(message.find(words_), std::string::npos)
            << name_ << "::" << function << " throws: " << message;
    }

private:
    const char* name_;
    std::string words_;
};

// Runs `check` on an object that a constructor moved from, and on one that an assignment moved
// from. Then expects that both can be assigned to and used again.
template <class Make, class Check, class CheckUsable>
void each_moved_from(Make make, Check check, CheckUsable check_usable) {
    using type = decltype(make());
    {
        type first = make();
        [[maybe_unused]] const type second(std::move(first));
        check(first);
        first = make();
        check_usable(first);
    }
    type first = make();
    type second = make();
    second = std::move(first);
    check(first);
    check_usable(second);
    first = std::move(second);
    check(second);
    check_usable(first);
    // The value after a self-move is unspecified, but the object can be assigned to.
    type& same = first;
    first = std::move(same);
    first = make();
    check_usable(first);
}

template <class Statements>
void query_functions_throw(const calls_that_throw& expected, Statements& empty) {
    dsql::batch one;
    one.add("SELECT 1");
    expected("query", [&] { empty.query("SELECT 1"); });
    expected("query<>", [&] { static_cast<void>(empty.template query<int>("SELECT 1")); });
    expected("query_value",
             [&] { static_cast<void>(empty.template query_value<int>("SELECT 1")); });
    expected("query_one", [&] { static_cast<void>(empty.template query_one<int>("SELECT 1")); });
    expected("query_optional",
             [&] { static_cast<void>(empty.template query_optional<int>("SELECT 1")); });
    expected("query_all", [&] { static_cast<void>(empty.template query_all<int>("SELECT 1")); });
    expected("execute", [&] { empty.execute("SELECT 1"); });
    expected("run", [&] { static_cast<void>(empty.run(one)); });
}

template <class Statements>
void bulk_functions_throw(const calls_that_throw& expected, Statements& empty) {
    const auto read = [](std::span<char>) -> std::size_t {
        return 0;
    };
    const auto write = [](std::string_view) {
    };
    const dsql::copy_target table{.table = "moved_from"};
    expected("stream", [&] { static_cast<void>(empty.template stream<int>("SELECT 1")); });
    expected("copy_in", [&] { static_cast<void>(empty.copy_in(table)); });
    expected("copy_in, statement", [&] { static_cast<void>(empty.copy_in("COPY t FROM STDIN")); });
    expected("copy_in_from", [&] { empty.copy_in_from(table, read); });
    expected("copy_out", [&] { static_cast<void>(empty.template copy_out<int>(table)); });
    expected("copy_out_to", [&] { empty.copy_out_to(table, write); });
}

TEST(MovedFrom, Connection) {
    const auto check = [](connection& empty) {
        const calls_that_throw expected("connection", "the connection ");
        query_functions_throw(expected, empty);
        bulk_functions_throw(expected, empty);
        connection other = connect();
        const dsql::statement prepared = other.prepare("SELECT 1");
        expected("begin", [&] { static_cast<void>(empty.begin()); });
        expected("prepare", [&] { static_cast<void>(empty.prepare("SELECT 1")); });
        expected("deallocate", [&] { empty.deallocate(prepared); });
        expected("ping", [&] { empty.ping(); });
        EXPECT_FALSE(empty.is_open());
        EXPECT_FALSE(empty.is_idle());
        EXPECT_TRUE(empty.is_closed_by_server());
        EXPECT_EQ(empty.native_handle(), nullptr);
        EXPECT_EQ(empty.release(), nullptr);
        empty.trace(nullptr);
        empty.close();
    };
    each_moved_from(
        &connect,
        [&](connection& empty) {
            check(empty);
            calls_that_throw("connection", "was moved from")("set_notice_handler",
                                                             [&] { empty.set_notice_handler({}); });
        },
        [](connection& used) { EXPECT_EQ(used.query_value<int>("SELECT 1"), 1); });
    connection never_open = connection::adopt(nullptr);
    check(never_open);
    never_open.set_notice_handler({});
    connection closed = connect();
    closed.close();
    check(closed);
    connection released = connect();
    const connection owner = connection::adopt(released.release());
    check(released);
}

TEST(MovedFrom, Transaction) {
    const auto check = [](dsql::transaction& empty) {
        const calls_that_throw expected("transaction", "the transaction is over");
        query_functions_throw(expected, empty);
        bulk_functions_throw(expected, empty);
        expected("commit", [&] { empty.commit(); });
        empty.rollback();
        EXPECT_FALSE(empty.is_active());
    };
    each_moved_from(
        [] { return connect().begin(); }, check,
        [](dsql::transaction& used) { EXPECT_EQ(used.query_value<int>("SELECT 1"), 1); });
    dsql::transaction over = connect().begin();
    over.commit();
    check(over);
    dsql::pool connections(endpoint_under_test(), {.max_connections = 3});
    each_moved_from(
        [&] { return connections.begin(); }, check,
        [](dsql::pooled_transaction& used) { EXPECT_EQ(used.query_value<int>("SELECT 1"), 1); });
    EXPECT_EQ(connections.stat().acquired_connections, 0);
}

TEST(MovedFrom, PooledConnection) {
    dsql::pool connections(endpoint_under_test(), {.max_connections = 3});
    const auto check = [](dsql::pooled_connection& empty) {
        const calls_that_throw throwing("pooled_connection",
                                        "was released, hijacked or moved from");
        throwing("operator*", [&] { static_cast<void>(*empty); });
        throwing("operator->", [&] { static_cast<void>(empty->is_open()); });
        throwing("hijack", [&] { static_cast<void>(empty.hijack()); });
        empty.release();
    };
    each_moved_from([&] { return connections.acquire(); }, check,
                    [](dsql::pooled_connection& used) { EXPECT_TRUE(used->is_open()); });
    dsql::pooled_connection released = connections.acquire();
    released.release();
    check(released);
    dsql::pooled_connection hijacked = connections.acquire();
    static_cast<void>(hijacked.hijack());
    check(hijacked);
    EXPECT_EQ(connections.stat().acquired_connections, 0);
}

TEST(MovedFrom, Result) {
    connection session = connect();
    const auto check = [](dsql::result& empty) {
        EXPECT_EQ(empty.size(), 0);
        EXPECT_TRUE(empty.empty());
        EXPECT_EQ(empty.column_count(), 0);
        EXPECT_EQ(empty.affected_rows(), 0);
        EXPECT_EQ(empty.command_tag(), "");
        EXPECT_EQ(std::move(empty).command_tag(), "");
        EXPECT_EQ(empty.native_handle(), nullptr);
        EXPECT_EQ(empty.begin(), empty.end());
        const calls_that_throw throwing("result", "a result that has 0");
        throwing("column_name", [&] { static_cast<void>(empty.column_name(0)); });
        throwing("column_name &&", [&] { static_cast<void>(std::move(empty).column_name(0)); });
        throwing("column_type", [&] { static_cast<void>(empty.column_type(0)); });
        throwing("operator[]", [&] { static_cast<void>(empty[0]); });
        throwing("operator[] &&", [&] { static_cast<void>(std::move(empty)[0]); });
        throwing("iterator::operator*", [&] { static_cast<void>(*empty.begin()); });
        throwing("iterator::operator*", [&] { static_cast<void>(*dsql::result::iterator()); });
        throwing("iterator::operator*", [&] { static_cast<void>(*++empty.begin()); });
        calls_that_throw("result", "no row")("value",
                                             [&] { static_cast<void>(empty.value<int>()); });
    };
    const auto make = [&] {
        return session.query(two_rows);
    };
    each_moved_from(make, check, [](dsql::result& used) { EXPECT_EQ(used.value<int>(), 1); });
    dsql::result nothing(nullptr);
    check(nothing);
    dsql::result taken = make();
    const auto row = std::move(taken)[1];
    check(taken);
    EXPECT_EQ(row[0].as<int>(), 2);
    dsql::result walked = make();
    calls_that_throw("result", "row 2 of a result that has 2")(
        "iterator::operator*", [&] { static_cast<void>(*walked.end()); });
}

// A moved-from row or field is unchanged, because moving it copies it.
TEST(MovedFrom, RowAndField) {
    connection session = connect();
    const auto check_row = [](const dsql::row& row) {
        EXPECT_EQ(row.size(), 2);
        EXPECT_EQ(row["label"].as<std::string>(), "text");
        EXPECT_NE(thrown_by([&] { static_cast<void>(row[2]); }).find("column 2 of a result"),
                  std::string::npos);
    };
    const auto check_field = [](const dsql::field& field) {
        EXPECT_FALSE(field.is_null());
        EXPECT_EQ(field.bytes(), "text");
        EXPECT_EQ(field.column_name(), "label");
        EXPECT_EQ(field.column_type(), dsql::oids::text);
        EXPECT_EQ(field.as<std::string_view>(), "text");
    };
    dsql::result rows = session.query(two_rows);
    each_moved_from([&] { return rows[0]; }, check_row, check_row);
    each_moved_from([&] { return session.query(two_rows)[0]; }, check_row, check_row);
    each_moved_from([&] { return rows[0][1]; }, check_field, check_field);
    each_moved_from([&] { return session.query(two_rows)[0][1]; }, check_field, check_field);
}

TEST(MovedFrom, Rows) {
    connection session = connect();
    using rows_type = dsql::rows<int, std::string_view>;
    const auto check = [](rows_type& empty) {
        EXPECT_EQ(empty.size(), 0);
        EXPECT_TRUE(empty.empty());
        EXPECT_EQ(empty.begin(), empty.end());
        EXPECT_EQ(empty.untyped().size(), 0);
        const calls_that_throw throwing("rows", " that has 0");
        throwing("operator[]", [&] { static_cast<void>(empty[0]); });
        throwing("iterator::operator*", [&] { static_cast<void>(*empty.begin()); });
        throwing("iterator::operator*", [] { static_cast<void>(*rows_type::iterator()); });
        EXPECT_EQ(std::move(empty).untyped().size(), 0);
    };
    const auto make = [&] {
        return session.query<int, std::string_view>(two_rows);
    };
    each_moved_from(make, check, [](rows_type& used) { EXPECT_EQ(std::get<0>(used[1]), 2); });
    rows_type taken = make();
    EXPECT_EQ(std::move(taken).untyped().size(), 2);
    check(taken);
    rows_type walked = make();
    calls_that_throw("rows", "row 2 of a result that has 2")(
        "iterator::operator*", [&] { static_cast<void>(*walked.end()); });
    calls_that_throw("rows", "row -1 of a result that has 2")(
        "operator[]", [&] { static_cast<void>(walked[-1]); });
}

TEST(MovedFrom, RowStream) {
    using stream_type = dsql::row_stream<int, std::string_view>;
    const auto make = [] {
        return connect().stream<int, std::string_view>(two_rows);
    };
    const auto check = [](stream_type& empty) {
        calls_that_throw("row_stream", "was moved from")("begin",
                                                         [&] { static_cast<void>(empty.begin()); });
        empty.close();
        static_cast<void>(empty.end());
    };
    const auto check_usable = [](stream_type& used) {
        EXPECT_EQ(std::get<1>(*used.begin()), "text");
    };
    each_moved_from(make, check, check_usable);

    stream_type started = make();
    auto at = started.begin();
    const stream_type moved(std::move(started));
    EXPECT_EQ(at, started.end());
    const calls_that_throw throwing("row_stream", "was moved from");
    throwing("iterator::operator*", [&] { static_cast<void>(*at); });
    throwing("iterator::operator++", [&] { ++at; });

    stream_type closed = make();
    auto before = closed.begin();
    closed.close();
    EXPECT_EQ(before, closed.end());
    calls_that_throw("row_stream", "no row here")("iterator::operator*",
                                                  [&] { static_cast<void>(*before); });
    ++before;
    EXPECT_EQ(before, closed.end());
    closed.close();
}

class MovedFromCopy : public testing::Test {
protected:
    MovedFromCopy() {
        connection session = connect();
        session.execute("CREATE TABLE IF NOT EXISTS moved_from (n int)");
        session.execute("DELETE FROM moved_from");
        session.execute("INSERT INTO moved_from VALUES (1), (2)");
    }
    ~MovedFromCopy() override { connect().execute("DELETE FROM moved_from"); }
};

TEST_F(MovedFromCopy, Rows) {
    using rows_type = dsql::copy_rows<int>;
    const auto make = [] {
        return connect().copy_out<int>({.table = "moved_from"});
    };
    const auto check = [](rows_type& empty) {
        calls_that_throw("copy_rows", "were moved from")("begin",
                                                         [&] { static_cast<void>(empty.begin()); });
        static_cast<void>(empty.end());
    };
    each_moved_from(make, check, [](rows_type& used) { EXPECT_EQ(std::get<0>(*used.begin()), 1); });
    rows_type started = make();
    auto at = started.begin();
    const rows_type moved(std::move(started));
    EXPECT_EQ(at, started.end());
    const calls_that_throw throwing("copy_rows", "moved from");
    throwing("iterator::operator*", [&] { static_cast<void>(*at); });
    throwing("iterator::operator++", [&] { ++at; });

    rows_type read = make();
    auto last = read.begin();
    for (int i = 0; i < 5; ++i) {
        ++last;  // an iterator at the end stays there
    }
    EXPECT_EQ(last, read.end());
    calls_that_throw("copy_rows", "no row here")("iterator::operator*",
                                                 [&] { static_cast<void>(*last); });
}

TEST_F(MovedFromCopy, Writer) {
    const auto make = [] {
        return connect().copy_in({.table = "moved_from"});
    };
    const auto check_for = [](const char* words) {
        return [words](dsql::copy_writer& empty) {
            const calls_that_throw throwing("copy_writer", words);
            throwing("row", [&] { empty.row(1); });
            throwing("write", [&] { empty.write("1\n"); });
            throwing("finish", [&] { empty.finish(); });
        };
    };
    each_moved_from(make, check_for("was moved from"),
                    [](dsql::copy_writer& used) { used.row(3); });
    dsql::copy_writer finished = make();
    EXPECT_EQ(finished.finish(), 0);
    check_for("the COPY is over")(finished);
}

TEST(MovedFrom, BatchAndItsResults) {
    connection session = connect();
    const auto make = [] {
        dsql::batch batch;
        batch.add("SELECT 1").add("SELECT $1", std::string("two"));
        return batch;
    };
    each_moved_from(
        make,
        [&](dsql::batch& empty) {
            EXPECT_EQ(empty.size(), 0u);
            EXPECT_TRUE(empty.empty());
            EXPECT_EQ(session.run(empty).size(), 0u);
            empty.clear();
            empty.add("SELECT 3");
            EXPECT_EQ(session.run(empty)[0].value<int>(), 3);
        },
        [&](dsql::batch& used) { EXPECT_EQ(session.run(used)[1].value<std::string>(), "two"); });

    using results_type = dsql::batch_results;
    const auto run = [&] {
        return session.run(make());
    };
    each_moved_from(
        run,
        [](results_type& empty) {
            EXPECT_EQ(empty.size(), 0u);
            EXPECT_EQ(empty.begin(), empty.end());
            const calls_that_throw throwing("batch_results", "statement 0 of a batch that has 0");
            throwing("operator[]", [&] { static_cast<void>(empty[0]); });
            throwing("operator[] &&", [&] { static_cast<void>(std::move(empty)[0]); });
            throwing("take", [&] { static_cast<void>(empty.take<int>(0)); });
        },
        [](results_type& used) { EXPECT_EQ(used[0].value<int>(), 1); });
    results_type taken = run();
    EXPECT_EQ(std::get<0>(taken.take<int>(0)[0]), 1);
    const calls_that_throw throwing("batch_results",
                                    "the result of statement 0 of the batch has been taken");
    throwing("take", [&] { static_cast<void>(taken.take<int>(0)); });
    throwing("operator[]", [&] { static_cast<void>(taken[0]); });
    EXPECT_TRUE(taken.begin()->empty());
    calls_that_throw("batch_results", "statement 5 of a batch that has 2")(
        "take", [&] { static_cast<void>(taken.take<int>(5)); });
}

TEST(MovedFrom, Parameters) {
    connection session = connect();
    const auto make = [] {
        return dsql::parameters(1, "two");
    };
    each_moved_from(
        make,
        [&](dsql::parameters& empty) {
            EXPECT_EQ(empty.size(), 0u);
            EXPECT_EQ(session.query("SELECT 1", empty).size(), 1);
            empty.reserve(2);
            empty.add(5);
            EXPECT_EQ(session.query_value<int>("SELECT $1", empty), 5);
        },
        [&](dsql::parameters& used) {
            EXPECT_EQ(session.query_value<std::string>("SELECT $2 || $1::int", used), "two1");
        });
}

// A moved-from statement is unchanged.
TEST(MovedFrom, Statement) {
    connection session = connect();
    const auto check = [&](const dsql::statement& same) {
        EXPECT_EQ(same.sql(), "SELECT $1::int AS n");
        EXPECT_FALSE(same.name().empty());
        EXPECT_EQ(same.parameter_types(), std::vector{dsql::oids::int4});
        EXPECT_EQ(same.columns().at(0).name, "n");
        EXPECT_EQ(session.query_value<int>(same, 7), 7);
    };
    each_moved_from([&] { return session.prepare("SELECT $1::int AS n"); }, check, check);
}

TEST(MovedFrom, TokenGenerator) {
    const auto make = [] {
        return dsql::token_generator(endpoint_under_test());
    };
    each_moved_from(
        make,
        [](dsql::token_generator& empty) {
            const calls_that_throw throwing("token_generator", "was moved from");
            throwing("get", [&] { static_cast<void>(empty.get()); });
            throwing("generate", [&] { static_cast<void>(empty.generate()); });
            EXPECT_EQ(empty.refreshes(), 0);
            empty.invalidate();
        },
        [](dsql::token_generator& used) { EXPECT_FALSE(used.get()->empty()); });
}

TEST(MovedFrom, Decimal) {
    const auto check = [](const dsql::decimal& zero) {
        EXPECT_EQ(zero.to_string(), "0");
        EXPECT_EQ(zero.to_double(), 0);
        EXPECT_EQ(zero.to_int64(), 0);
        EXPECT_FALSE(zero.is_nan() || zero.is_infinite() || zero.is_negative());
        EXPECT_EQ(zero.scale(), 0);
        EXPECT_EQ(zero, dsql::decimal(0));
    };
    for (const char* value : {"-12345.67", "NaN", "-Infinity", "0", "0.00",
                              "123456789012345678901234567890123456789012345678901234567890.5"}) {
        SCOPED_TRACE(value);
        each_moved_from([value] { return dsql::decimal::parse(value); }, check,
                        [value](const dsql::decimal& used) { EXPECT_EQ(used.to_string(), value); });
    }
}

TEST(MovedFrom, ErrorsLimitsAndOtherValues) {
    const auto failure = [] {
        return dsql::server_error({.sqlstate = "23505", .message = "duplicate"}, "INSERT");
    };
    const auto readable = [](const dsql::server_error& error) {
        EXPECT_NE(error.what(), nullptr);
        EXPECT_LE(error.sqlstate().size() + error.query().size(), 11u);
        EXPECT_NE(&error.fields(), nullptr);
        static_cast<void>(error.where());
    };
    each_moved_from(failure, readable, readable);
    each_moved_from(
        [&] { return dsql::batch_error(failure(), 0, {dsql::statement_outcome::failed}); },
        [&](const dsql::batch_error& error) {
            readable(error);
            EXPECT_LE(error.outcomes().size(), 1u);
        },
        readable);
    const auto lost = [](const dsql::connection_error& error) {
        EXPECT_NE(error.what(), nullptr);
        static_cast<void>(error.rejection());
        EXPECT_LE(error.server_message().size() + error.hint().size(), 11u);
    };
    each_moved_from(
        [] {
            return dsql::connection_error(dsql::connection_phase::auth, "refused", "message",
                                          "hint");
        },
        lost, lost);
    const auto unstopped = [](const dsql::call_limits& limits) {
        EXPECT_FALSE(limits.stop().stop_requested());
        EXPECT_TRUE(limits.may_retry());
        EXPECT_FALSE(limits.without_retry().may_retry());
        static_cast<void>(limits.deadline());
    };
    each_moved_from(
        [] {
            const std::stop_source source;
            return dsql::call_limits(dsql::within{std::chrono::hours(1)}, source.get_token());
        },
        unstopped, unstopped);
    const auto text = [](const dsql::sql_text& sql) {
        EXPECT_EQ(sql.text(), "SELECT 1");
        EXPECT_EQ(sql.prepared(), nullptr);
    };
    each_moved_from([] { return dsql::sql_text("SELECT 1"); }, text, text);
    const auto identifier = [](const dsql::uuid& id) {
        EXPECT_EQ(id.to_string().size(), 36u);
    };
    each_moved_from(&dsql::uuid::random, identifier, identifier);
}

// The object only refers to its pool, so both objects can be used.
TEST(MovedFrom, RetryingPool) {
    dsql::pool connections(endpoint_under_test(), {.max_connections = 1});
    const auto usable = [](dsql::retrying_pool& both) {
        EXPECT_EQ(both.query_value<int>("SELECT 1"), 1);
        EXPECT_EQ(both.pool().stat().acquired_connections, 0);
    };
    each_moved_from([&] { return dsql::retrying_pool(connections); }, usable, usable);
}

}  // namespace moved_from_test
