// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/resolver.hpp"

#include <dsql/error.hpp>

#include "support/event.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace resolver_test {

// State of the function below.
std::atomic<int> calls_for_slow_name = 0;
event let_slow_name_end;

}  // namespace resolver_test

// Replaces the function of the C library for the names of these tests, and calls it for all others.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** found) {
    const std::string_view host = name == nullptr ? "" : name;
    static const std::map<std::string_view, int> failing{
        {"again.invalid", EAI_AGAIN}, {"none.invalid", EAI_NONAME}, {"system.invalid", EAI_SYSTEM}};
    if (const auto known = failing.find(host); known != failing.end()) {
        errno = EMFILE;
        return known->second;
    }
    if (host == "slow.invalid") {
        ++resolver_test::calls_for_slow_name;
        resolver_test::let_slow_name_end.wait();
        name = "127.0.0.1";
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what dlsym is for
    static const auto real =
        reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
    return real(name, service, hints, found);
}

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
    std::stop_source stop;
    std::atomic<int> given_up = 0;
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i) {
        callers.emplace_back([&] {
            try {
                static_cast<void>(resolve("slow.invalid", deadline(600s), stop.get_token()));
            } catch (const dsql::cancelled_error&) {
                ++given_up;
            }
        });
    }
    while (calls_for_slow_name == 0) {
        std::this_thread::yield();
    }
    stop.request_stop();
    callers.clear();
    EXPECT_EQ(given_up, 8);
    std::jthread late([] {
        EXPECT_EQ(resolve("slow.invalid", deadline(600s), {}),
                  std::vector<std::string>{"127.0.0.1"});
    });
    let_slow_name_end.set();
    late.join();
    EXPECT_LE(calls_for_slow_name, 2) << "the last one may have come after the end of the first";
}

TEST(Resolver, AStopEndsTheWait) {
    std::stop_source source;
    source.request_stop();
    EXPECT_THROW(static_cast<void>(resolve("cluster.invalid", deadline(), source.get_token())),
                 dsql::error);
}

}  // namespace resolver_test
