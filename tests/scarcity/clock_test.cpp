// SPDX-License-Identifier: Apache-2.0
// The wall clock jumps by a day in either direction. Deadlines and lifetimes do not move with it,
// and a token that was made at another time is not used.
#include "scarcity/child.hpp"
#include "scarcity/set_clock.hpp"
#include "scarcity/world.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace clock_test {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr std::chrono::hours day{24};

// Lets the clock jump to and fro while it lives.
class jumping_clock {
public:
    ~jumping_clock() {
        jumper_ = {};
        wall_clock::set(0s);
    }

private:
    std::jthread jumper_{[](const std::stop_token& stop) {
        constexpr std::array<std::chrono::hours, 4> offsets{-day, 0h, day, 0h};
        for (std::size_t i = 0; !stop.stop_requested(); ++i) {
            wall_clock::set(offsets[i % offsets.size()]);
            std::this_thread::sleep_for(1ms);
        }
    }};
};

// Whether a call that cannot succeed ends with a timeout after about its limit of 200 ms, which it
// would miss by hours if it moved with the wall clock.
template <class Call>
std::string complaint_of_limited(const char* name, Call call) {
    const auto began = steady::now();
    try {
        call();
    } catch (const dsql::timeout_error&) {
        const auto took = steady::now() - began;
        const bool is_right = took >= 190ms && took < 60s;
        return is_right ? "" : std::string(name) + ": not after its limit";
    }
    return std::string(name) + ": no timeout";
}

std::string complaint_of_limits(world& on) {
    std::string complaint = complaint_of_limited(
        "statement", [&] { on.pool.execute(dsql::within{200ms}, "SELECT pg_sleep(3600)"); });
    on.warm_up();
    std::vector<dsql::pooled_connection> held;
    while (held.size() < world::most) {
        held.push_back(on.pool.acquire());
    }
    complaint += complaint_of_limited(
        "acquire", [&] { static_cast<void>(on.pool.acquire(dsql::within{200ms})); });
    return complaint;
}

// Connects are left out: with a wrong clock, a server rejects the token.
std::string complaint_of_statements(world& on) {
    std::vector<dsql::pooled_connection> held;
    while (held.size() < world::most) {
        held.push_back(on.pool.acquire());
    }
    for (int i = 0; i < 300; ++i) {
        for (const auto& one : held) {
            static_cast<void>(one->query_value<int>(dsql::within{30s}, "SELECT 1"));
        }
    }
    held.clear();
    return on.pool.stat().new_connections_count == world::most ? "" : "a connection was replaced";
}

TEST(ClockJumps, MoveNoDeadlineAndEndNoConnection) {
    EXPECT_EQ(complaint_of_child([]() -> std::string {
                  world on;
                  {
                      const jumping_clock jumps;
                      std::string complaint = complaint_of_statements(on);
                      if (!complaint.empty()) {
                          return complaint;
                      }
                  }
                  return on.complaint();
              }),
              "");
}

TEST(ClockJumps, AWaitEndsAtItsLimit) {
    EXPECT_EQ(complaint_of_child([] {
                  world on;
                  std::jthread jumper;
                  std::string complaint;
                  for (const auto by : {-day, day}) {
                      jumper = std::jthread([by] {
                          std::this_thread::sleep_for(50ms);
                          wall_clock::set(by);
                      });
                      complaint += complaint_of_limited("statement", [&] {
                          on.pool.execute(dsql::within{200ms}, "SELECT pg_sleep(3600)");
                      });
                      jumper.join();
                      wall_clock::set(0s);
                      complaint += complaint_of_limits(on);
                  }
                  return complaint;
              }),
              "");
}

// A token of another day is rejected with the server's reason, and not used once the clock is
// right again.
TEST(ClockJumps, AConnectWorksAgainAsSoonAsTheClockIsRight) {
    EXPECT_EQ(complaint_of_child([]() -> std::string {
                  world on;
                  for (const auto by : {day, -day}) {
                      wall_clock::set(by);
                      on.pool.reset();
                      try {
                          static_cast<void>(on.pool.acquire());
                          return "a token of another day was accepted";
                      } catch (const dsql::connection_error& refused) {
                          if (refused.is_transient() && refused.server_message().empty() &&
                              refused.distrust() == dsql::distrust_reason::none) {
                              return std::string("another error: ") + refused.what();
                          }
                      }
                      wall_clock::set(0s);
                      static_cast<void>(on.pool.query_value<int>("SELECT 1"));
                      on.warm_up();
                  }
                  return on.complaint();
              }),
              "");
}

}  // namespace clock_test
