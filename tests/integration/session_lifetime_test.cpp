// SPDX-License-Identifier: Apache-2.0
// Streams, COPYs and transactions keep their session alive until they end. It returns to the pool
// only then.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/exit_now.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace session_lifetime_test {

using dsql::connection;
using dsql::copy_writer;
using dsql::pool;
using dsql::pooled_connection;
using dsql::transaction;
using namespace std::string_literals;

constexpr const char* three_numbers = "SELECT generate_series(1, 3)";

template <class Stream>
std::vector<int> numbers_of(Stream&& rows) {
    std::vector<int> numbers;
    for (const auto& [number] : rows) {
        numbers.push_back(number);
    }
    return numbers;
}

class SessionLifetime : public testing::Test {
protected:
    void SetUp() override {
        pool_.execute("CREATE TABLE IF NOT EXISTS session_lifetime (n int)");
        pool_.execute("DELETE FROM session_lifetime");
    }
    ~SessionLifetime() override { EXPECT_EQ(in_use(), 0); }

    int in_use() { return pool_.stat().acquired_connections; }
    std::int64_t stored() {
        return pool_.query_value<std::int64_t>("SELECT count(*) FROM session_lifetime");
    }

    pool pool_{endpoint_under_test(), {.max_connections = 1}};
};

TEST_F(SessionLifetime, AStreamOfATemporaryCompletesAndReturnsTheConnection) {
    EXPECT_EQ(numbers_of(pool_.acquire()->stream<int>(three_numbers)), (std::vector{1, 2, 3}));
    auto rows = pool_.acquire()->stream<int>(three_numbers);
    EXPECT_EQ(in_use(), 1);
    EXPECT_EQ(numbers_of(rows), (std::vector{1, 2, 3}));
    EXPECT_EQ(in_use(), 0) << "the last row has been read";
    {
        auto left = pool_.acquire()->stream<int>("SELECT generate_series(1, 1000)");
        static_cast<void>(*left.begin());
        EXPECT_EQ(in_use(), 1);
    }
    EXPECT_EQ(pool_.query_value<int>("SELECT 7"), 7);
    auto closed = pool_.acquire()->stream<int>(three_numbers);
    closed.close();
    EXPECT_EQ(in_use(), 0);
}

TEST_F(SessionLifetime, ACopyOfATemporaryWorks) {
    auto into = pool_.acquire()->copy_in({.table = "session_lifetime"});
    into.row(1);
    into.row(2);
    EXPECT_EQ(in_use(), 1);
    EXPECT_EQ(into.finish(), 2);
    EXPECT_EQ(in_use(), 0) << "the COPY has been finished";
    {
        auto given_up = pool_.acquire()->copy_in({.table = "session_lifetime"});
        given_up.row(3);
    }
    EXPECT_EQ(stored(), 2);
    auto out = pool_.acquire()->copy_out<int>({.table = "session_lifetime"});
    EXPECT_EQ(in_use(), 1);
    EXPECT_EQ(numbers_of(out), (std::vector{1, 2}));
    EXPECT_EQ(in_use(), 0) << "the last row has been read";
    EXPECT_EQ(numbers_of(pool_.acquire()->copy_out<int>({.table = "session_lifetime"})),
              (std::vector{1, 2}));
}

TEST_F(SessionLifetime, ATransactionOfATemporaryWorks) {
    auto committed = pool_.acquire()->begin();
    committed.execute("INSERT INTO session_lifetime VALUES (1)");
    EXPECT_EQ(in_use(), 1);
    committed.commit();
    EXPECT_EQ(in_use(), 0) << "the transaction is over";
    {
        auto left = pool_.acquire()->begin();
        left.execute("INSERT INTO session_lifetime VALUES (2)");
    }
    auto rolled_back = pool_.acquire()->begin();
    rolled_back.execute("INSERT INTO session_lifetime VALUES (3)");
    rolled_back.rollback();
    EXPECT_EQ(stored(), 1);
}

TEST_F(SessionLifetime, AConnectionCanBeATemporary) {
    const auto connect = [] {
        return dsql::connect(endpoint_under_test());
    };
    EXPECT_EQ(numbers_of(connect().stream<int>(three_numbers)), (std::vector{1, 2, 3}));
    auto into = connect().copy_in({.table = "session_lifetime"});
    into.row(1);
    EXPECT_EQ(into.finish(), 1);
    EXPECT_EQ(numbers_of(connect().copy_out<int>({.table = "session_lifetime"})), std::vector{1});
    auto transaction = connect().begin();
    transaction.execute("INSERT INTO session_lifetime VALUES (2)");
    EXPECT_EQ(numbers_of(transaction.stream<int>("SELECT n FROM session_lifetime ORDER BY n")),
              (std::vector{1, 2}));
    transaction.commit();
    EXPECT_EQ(stored(), 2);
}

// The connection object of a stream, COPY or transaction is destroyed in one of these ways, and the
// operation continues.
TEST_F(SessionLifetime, OperationsSurviveTheirHandle) {
    const std::vector<std::function<void(std::optional<pooled_connection>&)>> ways = {
        [](auto& handle) { handle.reset(); },
        [](auto& handle) { handle->release(); },
        [](auto& handle) { pooled_connection moved(std::move(*handle)); },
        [](auto& handle) { connection moved(std::move(**handle)); },
        [](auto& handle) { **handle = dsql::connect(endpoint_under_test()); },
        [](auto& handle) { static_cast<void>(handle->hijack()); },
    };
    for (std::size_t way = 0; way < ways.size(); ++way) {
        SCOPED_TRACE(way);
        pool_.execute("DELETE FROM session_lifetime");
        std::optional<pooled_connection> handle = pool_.acquire();
        auto rows = (*handle)->stream<int>(three_numbers);
        ways[way](handle);
        EXPECT_EQ(numbers_of(rows), (std::vector{1, 2, 3}));

        handle.reset();
        handle = pool_.acquire();
        auto into = (*handle)->copy_in({.table = "session_lifetime"});
        into.row(4);
        ways[way](handle);
        EXPECT_EQ(into.finish(), 1);

        handle.reset();
        handle = pool_.acquire();
        auto out = (*handle)->copy_out<int>({.table = "session_lifetime"});
        ways[way](handle);
        EXPECT_EQ(numbers_of(out), std::vector{4});

        handle.reset();
        handle = pool_.acquire();
        auto changing = (*handle)->begin();
        ways[way](handle);
        changing.execute("DELETE FROM session_lifetime");
        changing.commit();
        handle.reset();
        EXPECT_EQ(stored(), 0);
    }
}

TEST_F(SessionLifetime, AnOverwrittenHandleReturnsItsConnectionWithTheStream) {
    pool two(endpoint_under_test(), {.max_connections = 2});
    pooled_connection first = two.acquire();
    auto rows = first->stream<int>(three_numbers);
    first = two.acquire();
    EXPECT_EQ(two.stat().acquired_connections, 2);
    EXPECT_EQ(first->query_value<int>("SELECT 5"), 5);
    EXPECT_EQ(numbers_of(rows), (std::vector{1, 2, 3}));
    EXPECT_EQ(two.stat().acquired_connections, 1);
}

TEST_F(SessionLifetime, APoolCountsOperationsAndCanBeClosedMeanwhile) {
    std::optional<pool> closing(std::in_place, endpoint_under_test(),
                                dsql::pool_options{.max_connections = 2});
    auto rows = closing->acquire()->stream<int>(three_numbers);
    auto begun = closing->acquire()->begin();
    EXPECT_EQ(closing->close(std::chrono::milliseconds(0)), 2);
    begun.rollback();
    EXPECT_EQ(closing->close(std::chrono::milliseconds(0)), 1);
    closing.reset();
    EXPECT_EQ(numbers_of(rows), (std::vector{1, 2, 3}));
}

TEST_F(SessionLifetime, HooksRunWhenTheConnectionReturns) {
    int released = 0;
    pool hooked(endpoint_under_test(), {.max_connections = 1, .after_release = [&](connection& c) {
                                            ++released;
                                            return c.query_value<int>("SELECT 1") == 1;
                                        }});
    auto begun = hooked.acquire()->begin();
    EXPECT_EQ(released, 0);
    begun.commit();
    EXPECT_EQ(released, 1);
    {
        auto rows = hooked.acquire()->stream<int>(three_numbers);
        static_cast<void>(rows.begin());
        EXPECT_EQ(released, 1);
    }
    EXPECT_EQ(released, 2);
    EXPECT_EQ(hooked.stat().idle_connections, 1);
}

// A hook that keeps a transaction must not pass it on to the next user of the connection.
TEST_F(SessionLifetime, ATransactionThatAHookKeepsDoesNotReachTheNextUser) {
    std::optional<transaction> kept;
    pool hooked(endpoint_under_test(), {.max_connections = 1, .after_release = [&](connection& c) {
                                            kept.emplace(c.begin());
                                            return true;
                                        }});
    hooked.acquire().release();
    EXPECT_EQ(hooked.stat().idle_connections, 0);
    EXPECT_EQ(kept->query_value<int>("SELECT 3"), 3);
}

// The server has ended the transaction, and only the transaction object remains.
TEST_F(SessionLifetime, ATransactionObjectThatAHookKeepsDoesNotReachTheNextUser) {
    std::optional<transaction> kept;
    pool hooked(endpoint_under_test(), {.max_connections = 1, .after_release = [&](connection& c) {
                                            kept.emplace(c.begin());
                                            PQclear(PQexec(c.native_handle(), "COMMIT"));
                                            return true;
                                        }});
    hooked.acquire().release();
    EXPECT_EQ(hooked.stat().idle_connections, 0);
    EXPECT_THROW(kept->execute("SELECT 3"), dsql::error);
}

// Closes the connection, or releases its libpq handle, in the middle of an operation.
struct ending {
    const char* name;
    std::function<void(connection&)> end;
    const char* words;
};

const std::vector<ending>& endings() {
    static const std::vector<ending> all = {
        {"closed", [](connection& c) { c.close(); }, "closed"},
        {"handle released",
         [](connection& c) {
             // The new owner of the handle may use or finish it. This test finishes it.
             static_cast<void>(connection::adopt(c.release()));
         },
         "was given away"},
    };
    return all;
}

template <class Call>
void expect_clear_error(const ending& how, const char* what, Call call) {
    const std::string message = thrown_message<dsql::connection_error>(call);
    EXPECT_NE(message.find(how.words), std::string::npos) << what << ": " << message;
}

TEST_F(SessionLifetime, AClosedOrReleasedConnectionIsAnError) {
    for (const ending& how : endings()) {
        SCOPED_TRACE(how.name);
        pooled_connection handle = pool_.acquire();
        auto rows = handle->stream<int>(three_numbers);
        how.end(*handle);
        expect_clear_error(how, "stream", [&] { return numbers_of(rows); });

        handle.release();
        handle = pool_.acquire();
        auto read = handle->stream<int>(three_numbers);
        static_cast<void>(read.begin());
        how.end(*handle);
        expect_clear_error(how, "stream, close", [&] {
            read.close();
            return 0;
        });

        handle.release();
        handle = pool_.acquire();
        auto into = handle->copy_in({.table = "session_lifetime"});
        into.row(4);
        how.end(*handle);
        expect_clear_error(how, "COPY in", [&] { return into.finish(); });

        handle.release();
        handle = pool_.acquire();
        auto out = handle->copy_out<int>({.table = "session_lifetime"});
        how.end(*handle);
        expect_clear_error(how, "COPY out", [&] { return numbers_of(out); });

        handle.release();
        handle = pool_.acquire();
        auto begun = handle->begin();
        how.end(*handle);
        expect_clear_error(how, "statement", [&] { return begun.execute("SELECT 1"); });
        expect_clear_error(how, "COMMIT", [&] {
            begun.commit();
            return 0;
        });
        EXPECT_THROW(begun.execute("SELECT 1"), dsql::error);
        handle.release();
        EXPECT_EQ(pool_.query_value<int>("SELECT 7"), 7);
    }
}

// The destructors that run afterwards must not touch the handle, which has a new owner.
TEST_F(SessionLifetime, AReleasedHandleIsNotTouchedByEarlierOperations) {
    connection first = dsql::connect(endpoint_under_test());
    std::optional<transaction> begun = first.begin();
    connection second = connection::adopt(first.release());
    second.execute("INSERT INTO session_lifetime VALUES (1)");
    begun.reset();
    second.execute("COMMIT");
    EXPECT_EQ(stored(), 1);
}

TEST_F(SessionLifetime, ATransactionThatEndsBeforeItsStreamIsAnError) {
    std::optional<transaction> begun = pool_.acquire()->begin();
    auto rows = begun->stream<int>(three_numbers);
    begun.reset();
    const std::string message =
        thrown_message<dsql::connection_error>([&] { return numbers_of(rows); });
    EXPECT_NE(message.find("its transaction was given up"), std::string::npos) << message;
}

// A forked child must not use these objects, and their destructors do not touch the parent's
// sessions.
TEST_F(SessionLifetime, AForkedChildDoesNotTouchTheParentsOperations) {
    pool forked(endpoint_under_test(), {.max_connections = 4});
    auto rows = std::optional(forked.stream<int>(three_numbers));
    auto into = std::optional(forked.copy_in({.table = "session_lifetime"}));
    into->row(1);
    pool_.execute("INSERT INTO session_lifetime VALUES (7)");
    auto out = std::optional(forked.copy_out<int>({.table = "session_lifetime"}));
    auto left = std::optional(forked.stream<int>(three_numbers));
    const pid_t child = fork();
    if (child == 0) {
        const auto refused = [](const auto& call) {
            return thrown_message<dsql::error>(call).find("fork()") != std::string::npos;
        };
        const bool all = refused([&] { return numbers_of(*rows); }) &&
                         refused([&] { return into->finish(); }) &&
                         refused([&] { return numbers_of(*out); });
        left.reset();
        rows.reset();
        into.reset();
        out.reset();
        exit_now(all ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(numbers_of(*rows), (std::vector{1, 2, 3}));
    EXPECT_EQ(numbers_of(*left), (std::vector{1, 2, 3}));
    EXPECT_EQ(into->finish(), 1);
    EXPECT_EQ(numbers_of(*out), std::vector{7});
    EXPECT_EQ(forked.stat().acquired_connections, 0);
}

TEST_F(SessionLifetime, TransactReturnsTheConnectionWithoutItsLimits) {
    dsql::transact(pool_, dsql::within{std::chrono::minutes(1)}, [](transaction& running) {
        running.execute("INSERT INTO session_lifetime VALUES (1)");
        running.commit();
    });
    EXPECT_EQ(in_use(), 0);
    EXPECT_EQ(stored(), 1);
}

// A transaction ends with its object, so a stream or COPY of a temporary transaction could only
// fail. It does not compile.
template <class T>
concept streams_from_a_temporary = requires(T&& made) {
    std::move(made).template stream<int>("SELECT 1");
};
template <class T>
concept copies_from_a_temporary = requires(T&& made, const dsql::copy_target& target) {
    std::move(made).copy_in(target);
};
template <class T>
concept copies_by_statement_from_a_temporary = requires(T&& made) {
    std::move(made).copy_in("COPY t FROM STDIN");
};
template <class T>
concept copies_out_of_a_temporary = requires(T&& made, const dsql::copy_target& target) {
    std::move(made).template copy_out<int>(target);
};
template <class T>
constexpr bool any_of_a_temporary =
    streams_from_a_temporary<T> || copies_from_a_temporary<T> ||
    copies_by_statement_from_a_temporary<T> || copies_out_of_a_temporary<T>;
template <class T>
constexpr bool all_of_a_temporary = streams_from_a_temporary<T>&& copies_from_a_temporary<T>&&
    copies_by_statement_from_a_temporary<T>&& copies_out_of_a_temporary<T>;
static_assert(all_of_a_temporary<connection>);
static_assert(all_of_a_temporary<pool>);
static_assert(!any_of_a_temporary<transaction>);
static_assert(!any_of_a_temporary<dsql::pooled_transaction>);

TEST_F(SessionLifetime, APoolStreamsAndCopiesByItself) {
    auto into = pool_.copy_in({.table = "session_lifetime"});
    into.row(1);
    EXPECT_EQ(in_use(), 1);
    EXPECT_EQ(into.finish(), 1);
    auto by_statement = pool_.copy_in("COPY session_lifetime FROM STDIN");
    by_statement.write("2\n");
    EXPECT_EQ(by_statement.finish(), 1);
    bool given = false;
    EXPECT_EQ(pool_.copy_in_from({.table = "session_lifetime"},
                                 [&](std::span<char> room) -> std::size_t {
                                     if (std::exchange(given, true)) {
                                         return 0;
                                     }
                                     room[0] = '3';
                                     room[1] = '\n';
                                     return 2;
                                 }),
              1);
    EXPECT_EQ(numbers_of(pool_.stream<int>("SELECT n FROM session_lifetime WHERE n < $1", 3)),
              (std::vector{1, 2}));
    EXPECT_EQ(numbers_of(pool_.copy_out<int>({.table = "session_lifetime"})),
              (std::vector{1, 2, 3}));
    std::string copied;
    EXPECT_EQ(pool_.copy_out_to({.table = "session_lifetime"},
                                [&](std::string_view data) { copied += data; }),
              3);
    EXPECT_EQ(copied, "1\n2\n3\n");
    EXPECT_EQ(pool_.copy_out_to("COPY (SELECT 4) TO STDOUT",
                                [&](std::string_view data) { copied = data; }),
              1);
    EXPECT_EQ(copied, "4\n");
    auto rows = pool_.stream<int>({dsql::within{std::chrono::minutes(1)}, std::stop_token()},
                                  three_numbers);
    EXPECT_EQ(in_use(), 1);
    EXPECT_EQ(numbers_of(rows), (std::vector{1, 2, 3}));
}

TEST_F(SessionLifetime, AFailedPoolStreamOrCopyReturnsTheConnection) {
    EXPECT_THROW(static_cast<void>(pool_.stream<int>("SELECT 1\0"s)), dsql::conversion_error);
    EXPECT_THROW(numbers_of(pool_.stream<int>("SELECT 1 / 0")), dsql::server_error);
    EXPECT_THROW(numbers_of(pool_.stream<int>("SELECT 'text'")), dsql::conversion_error);
    EXPECT_THROW(static_cast<void>(pool_.copy_in({.table = "no_such_table"})), dsql::server_error);
    EXPECT_THROW(static_cast<void>(pool_.copy_out<int>({.table = "no_such_table"})),
                 dsql::server_error);
    EXPECT_THROW(static_cast<void>(pool_.copy_out<int, int>({.table = "session_lifetime"})),
                 dsql::conversion_error);
    EXPECT_THROW(pool_.copy_out_to("SELECT 1", [](std::string_view) {}), dsql::error);
    auto refused = pool_.copy_in({.table = "session_lifetime"});
    refused.write("no number\n");
    EXPECT_THROW(refused.finish(), dsql::server_error);
    EXPECT_EQ(in_use(), 0);
    EXPECT_EQ(stored(), 0);
}

TEST_F(SessionLifetime, TheLimitOfAPoolStreamIncludesTheAcquire) {
    const pooled_connection only = pool_.acquire();
    const dsql::call_limits over{dsql::within{std::chrono::milliseconds(1)}};
    for (const std::string& message :
         {thrown_message<dsql::timeout_error>(
              [&] { return pool_.stream<int>(over, three_numbers); }),
          thrown_message<dsql::timeout_error>(
              [&] { return pool_.copy_in(over, {.table = "session_lifetime"}); }),
          thrown_message<dsql::timeout_error>(
              [&] { return pool_.copy_out<int>(over, {.table = "session_lifetime"}); }),
          thrown_message<dsql::timeout_error>([&] {
              return pool_.copy_out_to(over, "COPY (SELECT 4) TO STDOUT", [](std::string_view) {});
          })}) {
        EXPECT_NE(message.find("acquire: no connection within"), std::string::npos) << message;
        EXPECT_NE(message.find("session_lifetime_test.cpp:"), std::string::npos) << message;
    }
}

}  // namespace session_lifetime_test
