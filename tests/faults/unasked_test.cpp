// SPDX-License-Identifier: Apache-2.0
// A server that sends messages which belong to no statement. The next statement must not take them
// for its result.
#include <dsql/asio.hpp>
#include <dsql/dsql.hpp>

#include "faults/struck_server.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace unasked_test {

using dsql::within;
using namespace server_message;
using namespace std::chrono_literals;

// What the client must do with messages that come while no statement is under way.
enum class verdict {
    harmless,     // the next statement runs as if nothing had come
    out_of_step,  // the connection is closed before the next statement is sent
    ended         // the next statement gets the error with which the server ended the session
};

struct unasked {
    const char* name = "";
    std::string messages{};
    verdict then = verdict::out_of_step;
};

void PrintTo(const unasked& one, std::ostream* to) {
    *to << one.name;
}

std::string result_of(std::uint32_t value) {
    return row_description() + row({int4(value)}) + command_complete("SELECT 1");
}

const std::vector<unasked>& all_unasked() {
    static const std::vector<unasked> all = {
        {"nothing", "", verdict::harmless},
        {"notice", notice("by the way"), verdict::harmless},
        {"two_notices", notice("by the way") + notice("and"), verdict::harmless},
        {"parameter_status", make('S', std::string("TimeZone\0UTC\0", 13)), verdict::harmless},
        {"notification", make('A', std::string("\0\0\0\1channel\0payload\0", 20)),
         verdict::harmless},
        {"late_ready", ready()},
        {"late_ready_in_transaction", ready('T')},
        {"late_command_complete", command_complete("INSERT 0 1")},
        {"whole_result", result_of(666) + ready()},
        {"result_without_ready", result_of(666)},
        {"two_results", result_of(666) + ready() + result_of(667) + ready()},
        {"row", row({int4(666)})},
        {"row_description", row_description()},
        {"bound_result", make('1', "") + make('2', "") + result_of(666) + ready()},
        {"parse_complete", make('1', "")},
        {"close_complete", make('3', "")},
        {"no_data", make('n', "")},
        {"empty_query", make('I', "")},
        {"portal_suspended", make('s', "")},
        {"copy_in", make('G', std::string(3, '\0'))},
        {"copy_out", make('H', std::string(3, '\0')) + make('d', "1\n") + make('c', "")},
        {"copy_both", make('W', std::string(3, '\0'))},
        {"authentication", make('R', int4(3))},
        {"key_data", make('K', int4(1) + int4(2))},
        {"unknown_message", make('?', "what")},
        {"error", error("ERROR", "22012", "division by zero")},
        {"error_and_ready", error("ERROR", "22012", "division by zero") + ready()},
        {"notice_then_result", notice("by the way") + result_of(666) + ready()},
        {"fatal", error("FATAL", "57P01", "terminating connection"), verdict::ended},
        {"notice_then_fatal", notice("bye") + error("FATAL", "57P01", "terminating connection"),
         verdict::ended},
    };
    return all;
}

// How a program runs a statement, and how a pool checks a connection.
std::int64_t sum_blocking(dsql::connection& on) {
    std::int64_t sum = 0;
    for (const auto& [n] : on.query<int>(within(watchdog), "SELECT mine")) {
        sum += n;
    }
    return sum;
}
std::int64_t sum_asynchronous(dsql::connection& on) {
    boost::asio::io_context io;
    dsql::async_connection face(std::move(on), io.get_executor());
    std::int64_t sum = 0;
    std::exception_ptr failure;
    face.query<int>(within(watchdog), "SELECT mine")(boost::asio::bind_executor(
        io, [&](std::exception_ptr thrown, const dsql::rows<int>& answer) {
            failure = std::move(thrown);
            for (const auto& [n] : answer) {
                sum += n;
            }
        }));
    io.run();
    on = std::move(face.blocking());
    if (failure) {
        std::rethrow_exception(failure);
    }
    return sum;
}
std::int64_t sum_stream(dsql::connection& on) {
    std::int64_t sum = 0;
    for (const auto& [n] : on.stream<int>(within(watchdog), "SELECT mine")) {
        sum += n;
    }
    return sum;
}
std::int64_t sum_batch(dsql::connection& on) {
    dsql::batch both;
    both.add("SELECT mine").add("SELECT mine");
    std::int64_t sum = 0;
    const dsql::batch_results answers = on.run(within(watchdog), both);
    for (const auto& row : answers[1]) {
        sum += row[0].as<int>();
    }
    return sum;
}
constexpr std::int64_t right_sum = 36;  // of 1 to 8

struct way {
    const char* name;
    std::int64_t (*sum)(dsql::connection&);
};
constexpr way ways[] = {{"blocking", &sum_blocking},
                        {"asynchronous", &sum_asynchronous},
                        {"stream", &sum_stream},
                        {"batch", &sum_batch}};

struct observed {
    std::optional<std::int64_t> sum{};
    std::string sqlstate{};  // of a server_error
    std::error_code code{};  // of a connection_error
    bool may_have_run = false;
};

observed run(const way& by, dsql::connection& on) {
    observed seen;
    try {
        seen.sum = by.sum(on);
    } catch (const dsql::server_error& failure) {
        seen.sqlstate = failure.sqlstate();
        seen.may_have_run = failure.statement_may_have_run();
    } catch (const dsql::connection_error& failure) {
        seen.code = failure.code();
        seen.may_have_run = failure.statement_may_have_run();
        EXPECT_EQ(failure.phase(), dsql::connection_phase::established);
        EXPECT_NE(std::string(failure.what()).find("sent"), std::string::npos) << failure.what();
    }
    return seen;
}

void expect_verdict(verdict then, const observed& seen, const dsql::connection& on) {
    switch (then) {
        case verdict::harmless:
            EXPECT_EQ(seen.sum, right_sum);
            EXPECT_TRUE(on.is_idle());
            break;
        case verdict::out_of_step:
            EXPECT_EQ(seen.sum, std::nullopt);
            EXPECT_EQ(seen.code, std::error_code(EPROTO, std::system_category()));
            EXPECT_FALSE(seen.may_have_run);
            EXPECT_FALSE(on.is_open());
            break;
        case verdict::ended:
            EXPECT_EQ(seen.sqlstate, "57P01");
            EXPECT_FALSE(seen.may_have_run);
            EXPECT_FALSE(on.is_open());
            break;
    }
}

class Unasked : public testing::TestWithParam<unasked> {};

// How the messages arrive.
struct arrival {
    const char* name;
    bool is_joined;  // with the end of the result before them, so that libpq has read them already
    bool is_prepared;  // after a statement that runs without a pipeline
};
constexpr arrival arrivals[] = {{"joined to a pipeline", true, false},
                                {"after a pipeline", false, false},
                                {"joined to a prepared statement", true, true},
                                {"after a prepared statement", false, true}};

// Connects and runs a statement, after whose result the messages come.
dsql::connection connect_and_hear(struck_server& struck, const std::string& messages,
                                  const arrival& how) {
    dsql::connection on = dsql::connect(struck.settings());
    if (how.is_prepared) {
        EXPECT_EQ(on.query<int>(within(watchdog), "SELECT struck").size(), 8U);
    }
    struck.server.speak_unasked(messages, how.is_joined);
    EXPECT_EQ(on.query<int>(within(watchdog), "SELECT struck").size(), 8U);
    if (!messages.empty()) {
        struck.server.wait_until_spoken();
    }
    return on;
}

TEST_P(Unasked, IsNotTakenForTheNextResult) {
    struck_server struck;
    for (const way& by : ways) {
        for (const arrival& how : arrivals) {
            SCOPED_TRACE(std::string(by.name) + ", " + how.name);
            dsql::connection on = connect_and_hear(struck, GetParam().messages, how);
            expect_verdict(GetParam().then, run(by, on), on);
        }
    }
}

TEST_P(Unasked, IsSeenByTheLivenessCheck) {
    struck_server struck;
    for (const arrival& how : arrivals) {
        SCOPED_TRACE(how.name);
        const dsql::connection on = connect_and_hear(struck, GetParam().messages, how);
        EXPECT_EQ(on.is_closed_by_server(), GetParam().then != verdict::harmless);
        EXPECT_EQ(on.is_open(), GetParam().then == verdict::harmless);
    }
}

// A pool closes such a connection and serves the next caller with another one.
TEST_P(Unasked, DoesNotReachTheNextCallerOfAPool) {
    struck_server struck;
    dsql::pool pool(
        struck.settings(),
        {.max_connections = 1, .liveness = dsql::liveness_check::ping, .ping_after_idle = 0ms});
    struck.server.speak_unasked(GetParam().messages, false);
    EXPECT_EQ(pool.query<int>(within(watchdog), "SELECT struck").size(), 8U);
    if (!GetParam().messages.empty()) {
        struck.server.wait_until_spoken();
    }
    dsql::transact(pool, within(watchdog), [&](dsql::transaction& work) {
        std::int64_t sum = 0;
        for (const auto& [n] : work.query<int>("SELECT mine")) {
            sum += n;
        }
        EXPECT_EQ(sum, right_sum);
    });
}

// The COMMIT is not sent, so it is known that nothing was committed, and transact() tries again.
TEST_P(Unasked, DoesNotMakeACommitUnknown) {
    if (GetParam().then == verdict::harmless) {
        return;  // the COMMIT succeeds
    }
    struck_server struck;
    dsql::pool pool(struck.settings(), {.max_connections = 1});
    int tries = 0;
    dsql::transact(pool, within(watchdog), [&](dsql::transaction& work) {
        if (++tries == 1) {
            struck.server.speak_unasked(GetParam().messages, false);
        }
        EXPECT_EQ(work.query<int>("SELECT struck").size(), 8U);
        if (tries == 1) {
            struck.server.wait_until_spoken();
        }
    });
    EXPECT_EQ(tries, 2);
    EXPECT_EQ(struck.server.commits(), 1);
}

// --- cut in two, at each byte

// Whether all messages that `part` has, or begins, may come at any time.
bool may_go_on_after(std::string_view part) {
    while (!part.empty()) {
        if (std::string_view("NSA").find(part.front()) == std::string_view::npos) {
            return false;
        }
        std::size_t size = 1;
        for (std::size_t i = 1; i < 5 && part.size() >= 5; ++i) {
            size += static_cast<std::size_t>(static_cast<unsigned char>(part[i])) << 8 * (4 - i);
        }
        part.remove_prefix(part.size() >= 5 ? std::min(size, part.size()) : part.size());
    }
    return true;
}

// A connection to a server that has sent `begin`. Made anew where the one before was closed.
void hear(struck_server& struck, dsql::connection& on, const std::string& begin,
          const std::string& rest, protocol_server::rest_time when) {
    if (!on.is_open()) {
        on = dsql::connect(struck.settings());
    }
    struck.server.speak_in_records({begin}, rest, when);
    EXPECT_EQ(on.query<int>(within(watchdog), "SELECT struck").size(), 8U);
    struck.server.wait_until_spoken();
}

TEST_P(Unasked, CutInTwoIsWholeAtTheNextLook) {
    const auto& [name, messages, then] = GetParam();
    struck_server struck;
    dsql::connection on = dsql::connect(struck.settings());
    for (std::size_t cut = 1; cut < messages.size(); ++cut) {
        SCOPED_TRACE("after " + std::to_string(cut) + " bytes");
        const std::string begin = messages.substr(0, cut);
        hear(struck, on, begin, messages.substr(cut), protocol_server::rest_time::on_request);
        EXPECT_EQ(on.is_closed_by_server(), !may_go_on_after(begin));
        struck.server.speak_on();
        EXPECT_EQ(on.is_closed_by_server(), then != verdict::harmless);
        if (then == verdict::harmless) {
            expect_verdict(then, run(ways[cut % std::size(ways)], on), on);
        }
    }
}

TEST_P(Unasked, CutInTwoIsReadTogether) {
    const auto& [name, messages, then] = GetParam();
    struck_server struck;
    dsql::connection on = dsql::connect(struck.settings());
    for (std::size_t cut = 1; cut < messages.size(); ++cut) {
        SCOPED_TRACE("after " + std::to_string(cut) + " bytes");
        hear(struck, on, messages.substr(0, cut), messages.substr(cut),
             protocol_server::rest_time::on_request);
        struck.server.speak_on();
        expect_verdict(then, run(ways[cut % std::size(ways)], on), on);
    }
}

// What comes after the look is not known to belong to no statement, so that only harmless messages
// may be left unfinished by it.
TEST_P(Unasked, CutInTwoDoesNotEndInAResult) {
    const auto& [name, messages, then] = GetParam();
    struck_server struck;
    dsql::connection on = dsql::connect(struck.settings());
    for (std::size_t cut = 1; cut < messages.size(); ++cut) {
        SCOPED_TRACE("after " + std::to_string(cut) + " bytes");
        const std::string begin = messages.substr(0, cut);
        if (then != verdict::harmless && may_go_on_after(begin)) {
            continue;
        }
        hear(struck, on, begin, messages.substr(cut), protocol_server::rest_time::with_answer);
        const bool is_harmless = then == verdict::harmless;
        if (cut % 2 == 0) {
            EXPECT_EQ(on.is_closed_by_server(), !is_harmless);
        }
        const observed seen = run(ways[cut % std::size(ways)], on);
        EXPECT_EQ(seen.sum, is_harmless ? std::optional(right_sum) : std::nullopt);
        EXPECT_FALSE(seen.may_have_run);
        EXPECT_EQ(on.is_open(), is_harmless);
    }
}

TEST_P(Unasked, InSingleBytes) {
    const auto& [name, messages, then] = GetParam();
    struck_server struck;
    dsql::connection on = dsql::connect(struck.settings());
    std::vector<std::string> records;
    for (const char byte : messages) {
        records.emplace_back(1, byte);
    }
    if (records.empty()) {
        return;
    }
    struck.server.speak_in_records(records, {}, protocol_server::rest_time::never);
    EXPECT_EQ(on.query<int>(within(watchdog), "SELECT struck").size(), 8U);
    struck.server.wait_until_spoken();
    EXPECT_EQ(on.is_closed_by_server(), then != verdict::harmless);
}

INSTANTIATE_TEST_SUITE_P(Each, Unasked, testing::ValuesIn(all_unasked()),
                         [](const auto& about) { return std::string(about.param.name); });

// As long as libpq reads no more than one TLS record at a time.
TEST(UnaskedNotice, MayBeLongAndComeInParts) {
    struck_server struck;
    dsql::connection on = dsql::connect(struck.settings());
    std::vector<std::size_t> sizes;
    on.set_notice_handler(
        [&](const dsql::server_error_fields& one) { sizes.push_back(one.message.size()); });
    const std::string message = notice(std::string(30'000, 'x'));
    hear(struck, on, message.substr(0, 8192), message.substr(8192),
         protocol_server::rest_time::on_request);
    EXPECT_FALSE(on.is_closed_by_server());
    struck.server.speak_on();
    EXPECT_FALSE(on.is_closed_by_server());
    EXPECT_EQ(run(ways[0], on).sum, right_sum);
    EXPECT_EQ(sizes, std::vector<std::size_t>{30'000});
}

TEST(UnaskedNotice, MayBeVeryLongInOnePart) {
    struck_server struck;
    dsql::connection on = dsql::connect(struck.settings());
    hear(struck, on, notice(std::string(100'000, 'x')), {}, protocol_server::rest_time::never);
    EXPECT_FALSE(on.is_closed_by_server());
    EXPECT_EQ(run(ways[0], on).sum, right_sum);
}

// The server closes the connection between two statements. It has not seen the second one.
TEST(ClosedWhileIdle, TheNextStatementHasNotRun) {
    for (const strike_fault with : {strike_fault::half_close, strike_fault::reset}) {
        for (const way& by : ways) {
            SCOPED_TRACE(by.name);
            struck_server struck;
            dsql::connection on = dsql::connect(struck.settings());
            struck.server.strike(strike_point::after_statement, with);
            EXPECT_EQ(on.query<int>(within(watchdog), "SELECT struck").size(), 8U);
            struck.server.wait_until_struck();
            const observed seen = run(by, on);
            EXPECT_EQ(seen.code, std::error_code(ECONNRESET, std::system_category()));
            EXPECT_FALSE(seen.may_have_run);
            EXPECT_FALSE(on.is_open());
        }
    }
}

TEST(ClosedWhileIdle, ATransactionOfAPoolRunsAgain) {
    struck_server struck;
    dsql::pool pool(struck.settings(),
                    {.max_connections = 1, .liveness = dsql::liveness_check::none});
    struck.server.strike(strike_point::after_statement, strike_fault::half_close);
    EXPECT_EQ(pool.query<int>(within(watchdog), "SELECT struck").size(), 8U);
    struck.server.wait_until_struck();
    dsql::transact(pool, within(watchdog), [](dsql::transaction& work) {
        EXPECT_EQ(work.query<int>("SELECT mine").size(), 8U);
    });
    EXPECT_EQ(struck.server.commits(), 1);
}

}  // namespace unasked_test
