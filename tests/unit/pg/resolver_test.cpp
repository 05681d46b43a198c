// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/resolver.hpp"

#include <dsql/error.hpp>

#include "support/name_service.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>
#include <netdb.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace resolver_test {

using dsql::pg::deadline;
using dsql::pg::resolve;
using namespace std::chrono_literals;

TEST(Resolver, ANumericAddressIsReturnedUnchanged) {
    EXPECT_EQ(resolve("127.0.0.1", deadline(60s), {}), std::vector<std::string>{"127.0.0.1"});
}

struct failing_name {
    const char* host;
    std::error_code code;
    bool is_transient;
};

TEST(Resolver, AnErrorHasItsCode) {
    const auto& lookup = dsql::address_lookup_category();
    name_service names;
    names.fail("again.invalid", EAI_AGAIN);
    names.fail("none.invalid", EAI_NONAME);
    names.fail("system.invalid", EAI_SYSTEM, EMFILE);
    for (const failing_name& one :
         {failing_name{"again.invalid", {EAI_AGAIN, lookup}, true},
          failing_name{"none.invalid", {EAI_NONAME, lookup}, false},
          failing_name{"system.invalid", {EMFILE, std::system_category()}, true}}) {
        try {
            static_cast<void>(resolve(one.host, deadline(60s), {}));
            ADD_FAILURE() << one.host << " has an address";
        } catch (const dsql::connection_error& failure) {
            EXPECT_EQ(failure.phase(), dsql::connection_phase::resolve);
            EXPECT_EQ(failure.code(), one.code) << failure.what();
            EXPECT_EQ(failure.is_transient(), one.is_transient) << failure.what();
            EXPECT_NE(std::string(failure.what()).find(one.host), std::string::npos);
        }
    }
}

// A resolver that does not respond holds one thread, however many connects wait and give up.
TEST(Resolver, CallersShareTheLookupOfAName) {
    const std::string slow = "slow.hanging.invalid";
    name_service names;
    std::stop_source stop;
    std::atomic<int> given_up = 0;
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i) {
        callers.emplace_back([&] {
            try {
                static_cast<void>(resolve(slow, deadline(600s), stop.get_token()));
            } catch (const dsql::cancelled_error&) {
                ++given_up;
            }
        });
    }
    names.await_hanging(1);
    stop.request_stop();
    callers.clear();
    EXPECT_EQ(given_up, 8);
    std::jthread late([&] {
        EXPECT_EQ(resolve(slow, deadline(600s), {}), std::vector<std::string>{"127.0.0.1"});
    });
    names.let_hanging_names_go();
    late.join();
    EXPECT_LE(names.lookups_of(slow), 2) << "the last one may have come after the end of the first";
}

// Lookups of different names that hang until the end of the test.
class ResolverBound : public testing::Test {
protected:
    ResolverBound() = default;
    ~ResolverBound() override { open_gate(); }
    ResolverBound(const ResolverBound&) = delete;
    ResolverBound& operator=(const ResolverBound&) = delete;

    void open_gate() { service_.let_hanging_names_go(); }

    void await_hanging(int count) const { service_.await_hanging(count); }

    // Each on a thread, with a name that no other test has used: a lookup of that may not have
    // ended.
    void add_callers(int count, const std::stop_token& stop = {}) {
        for (int i = 0; i < count; ++i) {
            static int names = 0;
            const std::string host = std::to_string(++names) + ".hanging.invalid";
            callers_.emplace_back([this, host, stop] {
                try {
                    resolved_ += static_cast<int>(resolve(host, deadline(600s), stop).size());
                } catch (const dsql::cancelled_error&) {
                    ++given_up_;
                }
            });
        }
    }

    void join_callers() { callers_.clear(); }

    void expect_excess_name_waits() const {
        const std::string text = thrown_message<dsql::timeout_error>(
            [] { static_cast<void>(resolve("excess.invalid", deadline(0ms), {})); });
        EXPECT_NE(text.find(std::to_string(service_.hanging()) + " other lookups have not ended"),
                  std::string::npos)
            << text;
    }

    [[nodiscard]] int calls_for_excess_name() const {
        return service_.lookups_of("excess.invalid");
    }

    name_service service_{};
    std::atomic<int> resolved_ = 0;
    std::atomic<int> given_up_ = 0;

private:
    std::vector<std::jthread> callers_{};
};

TEST_F(ResolverBound, NamesBeyondItWaitInTurn) {
    add_callers(20);
    await_hanging(8);
    expect_excess_name_waits();
    open_gate();
    join_callers();
    EXPECT_EQ(resolved_, 20);
    EXPECT_EQ(service_.most_hanging(), 8);
    EXPECT_EQ(calls_for_excess_name(), 0) << "nobody waited for it any more";
}

TEST_F(ResolverBound, LookupsThatHangHoldUpNoOtherOnceTheirCallersLeave) {
    std::stop_source stop;
    add_callers(8, stop.get_token());
    await_hanging(8);
    std::jthread waiting([] {
        EXPECT_EQ(resolve("127.0.0.1", deadline(), {}), std::vector<std::string>{"127.0.0.1"});
    });
    stop.request_stop();
    waiting.join();
    join_callers();
    EXPECT_EQ(given_up_, 8);
    EXPECT_EQ(service_.hanging(), 8);
}

TEST_F(ResolverBound, LookupsThatAllCallersHaveLeftAreBoundedToo) {
    for (int round = 1; round <= 4; ++round) {
        std::stop_source stop;
        add_callers(8, stop.get_token());
        await_hanging(8 * round);
        stop.request_stop();
        join_callers();
    }
    expect_excess_name_waits();
    add_callers(12);
    open_gate();
    join_callers();
    EXPECT_EQ(given_up_, 32);
    EXPECT_EQ(resolved_, 12);
    EXPECT_EQ(service_.most_hanging(), 32);
    EXPECT_EQ(calls_for_excess_name(), 0);
}

TEST(Resolver, AStopEndsTheWait) {
    std::stop_source source;
    source.request_stop();
    EXPECT_THROW(static_cast<void>(resolve("cluster.invalid", deadline(), source.get_token())),
                 dsql::error);
}

}  // namespace resolver_test
