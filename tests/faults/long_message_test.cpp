// SPDX-License-Identifier: Apache-2.0
// A message that is so long, and comes so fast, that libpq would be busy with it for seconds. The
// limits of a call hold all the same.
#include <dsql/asio.hpp>
#include <dsql/dsql.hpp>

#include "faults/struck_server.hpp"
#include "pg/io/input.hpp"
#include "pg/session/session.hpp"
#include "pg/session/session_access.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace long_message_test {

namespace asio = boost::asio;
using dsql::within;
using namespace std::chrono_literals;

// Of the message that the server sends. It sends on until the client closes the connection.
constexpr std::uint64_t message_size = 0x3fffffff;

TEST(LongMessage, DoesNotHoldUpADeadline) {
    struck_server struck;
    dsql::connection on = dsql::connect(struck.settings());
    struck.server.strike(strike_point::mid_result, strike_fault::oversize);
    EXPECT_THROW(on.query(within(50ms), "SELECT struck"), dsql::timeout_error);
    EXPECT_FALSE(on.is_open());
    EXPECT_GT(struck.server.flood_bytes(), 0U);
    EXPECT_LT(struck.server.flood_bytes(), message_size) << "the whole message was read";
}

TEST(LongMessage, DoesNotHoldUpAStopRequest) {
    struck_server struck;
    dsql::connection on = dsql::connect(struck.settings());
    struck.server.strike(strike_point::mid_stream, strike_fault::oversize);
    std::stop_source stop;
    std::jthread stopper([&] {
        struck.server.wait_until_struck();
        stop.request_stop();
    });
    EXPECT_THROW(
        {
            for (const auto& [n] : on.stream<int>(stop.get_token(), "SELECT struck")) {
                EXPECT_LE(n, 3);
            }
        },
        dsql::cancelled_error);
    EXPECT_LT(struck.server.flood_bytes(), message_size) << "the whole message was read";
}

// Runs one handler of the event loop, which takes a step of the call or two. Returns how much the
// connection has transferred meanwhile.
std::uint64_t run_one(asio::io_context& io, const dsql::connection& on) {
    const auto transferred = [&]() -> std::uint64_t {
        pg_conn* const handle = dsql::pg::session_access::find(on)->handle();
        return handle == nullptr ? 0 : dsql::pg::bytes_transferred(handle);
    };
    const std::uint64_t before = transferred();
    io.run_one();
    const std::uint64_t after = transferred();
    return after > before ? after - before : 0;
}
constexpr std::uint64_t most_of_turn = 1'048'576;

// The end of a call, on the thread that runs `io`.
struct call_end {
    bool has_come = false;
    std::exception_ptr failure{};
};
auto note_in(call_end& end, asio::io_context& io) {
    return asio::bind_executor(io, [&end](std::exception_ptr thrown, const dsql::result&) {
        end.has_come = true;
        end.failure = std::move(thrown);
    });
}

// The other work of the event loop goes on meanwhile.
TEST(LongMessage, DoesNotHoldUpAnEventLoop) {
    struck_server struck;
    asio::io_context io;
    dsql::async_connection on(dsql::connect(struck.settings()), io.get_executor());
    struck.server.strike(strike_point::mid_result, strike_fault::oversize);
    std::stop_source stop;
    call_end end;
    on.query(stop.get_token(), "SELECT struck")(note_in(end, io));
    while (struck.server.flood_bytes() < 100'000'000 && !end.has_come) {
        ASSERT_LE(run_one(io, on.blocking()), most_of_turn);
    }
    stop.request_stop();
    io.run();
    ASSERT_NE(end.failure, nullptr);
    EXPECT_THROW(std::rethrow_exception(end.failure), dsql::cancelled_error);
}

// A server that never ends a message while the connection is idle, too.
TEST(LongMessage, DoesNotHoldUpTheLivenessCheck) {
    struck_server struck;
    dsql::connection on = dsql::connect(struck.settings());
    struck.server.strike(strike_point::after_statement, strike_fault::oversize);
    EXPECT_EQ(on.query<int>(within(watchdog), "SELECT struck").size(), 8U);
    struck.server.wait_until_struck();
    EXPECT_TRUE(on.is_closed_by_server());
    EXPECT_LT(struck.server.flood_bytes(), message_size);
}

// Values are sent in steps as well. The server reads nothing but as fast as it can.
TEST(LongMessage, OfTheClientDoesNotHoldUpAnEventLoop) {
    struck_server struck;
    asio::io_context io;
    dsql::async_connection on(dsql::connect(struck.settings()), io.get_executor());
    const std::string value(100'000'000, 'x');
    call_end end;
    on.query(within(watchdog), "SELECT length($1)", value)(note_in(end, io));
    while (!end.has_come) {
        ASSERT_LE(run_one(io, on.blocking()), most_of_turn);
    }
    EXPECT_EQ(end.failure, nullptr);
}

}  // namespace long_message_test
