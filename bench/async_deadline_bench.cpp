// SPDX-License-Identifier: Apache-2.0
// Measures how long an awaited call with a deadline of 100 ms takes if the server stalls, at each
// stage, and how long it keeps other coroutines on the same thread waiting. Needs an endpoint:
// build/release/bin/dsql-local run -- build/release/bin/dsql_async_deadline_bench
#include <dsql/asio.hpp>

#include "stalls.hpp"
#include "statistics.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <dlfcn.h>
#include <netdb.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

std::atomic<bool> lookups_stall = false;

}  // namespace

// Replaces the function of the C library, so that the lookup of a name can stall. All names are
// those of the local endpoint.
extern "C" int getaddrinfo(const char*, const char* service, const addrinfo* hints,
                           addrinfo** found) {
    lookups_stall.wait(true);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what dlsym is for
    static const auto real =
        reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
    return real("127.0.0.1", service, hints, found);
}

namespace {

namespace asio = boost::asio;
namespace stalls = bench::stalls;
using clock_type = std::chrono::steady_clock;
using namespace std::chrono_literals;
using stalls::deadline;

constexpr int timers = 100;
constexpr int queries = 4;  // few, because the server shares the processor

double in_milliseconds(clock_type::duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

asio::awaitable<void> pause(clock_type::duration time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

// What the other coroutines have seen.
struct others {
    bool must_end = false;
    clock_type::duration longest{};

    void note(clock_type::duration time) { longest = std::max(longest, time); }
};

// Notes how late the handlers of a timer run.
asio::awaitable<void> wait_again_and_again(others& seen) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!seen.must_end) {
        timer.expires_after(1ms);
        co_await timer.async_wait(asio::use_awaitable);
        seen.note(clock_type::now() - timer.expiry());
    }
}

// Notes how long queries take.
asio::awaitable<void> query_again_and_again(others& seen, dsql::async_pool healthy) {
    while (!seen.must_end) {
        const auto start = clock_type::now();
        static_cast<void>(co_await healthy.query_value<int>(stalls::small_query));
        seen.note(clock_type::now() - start);
        co_await pause(1ms);
    }
}

// The other coroutines: how many, and what each does.
struct company {
    int size;
    std::function<asio::awaitable<void>(others&)> work;
};

void rethrow(const std::exception_ptr& failure) {
    if (failure) {
        std::rethrow_exception(failure);
    }
}

// What the other coroutines waited for during a stall, in milliseconds.
struct longest_waits {
    double noted = 0;    // by themselves
    double handler = 0;  // the processor time of one handler, which other processes do not affect
};

// The processor time of this thread, in milliseconds.
double thread_time() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// Runs a coroutine in company on one thread, and returns how long the company had to wait
// during `work`. `after` runs when the company has ended.
longest_waits run_in_company(const company& with,
                             const std::function<asio::awaitable<void>()>& work,
                             const std::function<asio::awaitable<void>()>& after) {
    asio::io_context io(1);
    others seen;
    bool is_noted = false;
    for (int i = 0; i < with.size; ++i) {
        asio::co_spawn(io, with.work(seen), &rethrow);
    }
    const auto main = [&]() -> asio::awaitable<void> {
        co_await pause(10ms);  // until the others are at work
        seen.longest = {};
        is_noted = true;
        co_await work();
        co_await pause(2ms);  // until those that were held up have noted it
        seen.must_end = true;
        is_noted = false;
        co_await after();
    };
    asio::co_spawn(io, main(), &rethrow);
    longest_waits waits;
    for (auto start = thread_time(); io.run_one() > 0; start = thread_time()) {
        if (is_noted) {
            waits.handler = std::max(waits.handler, thread_time() - start);
        }
    }
    waits.noted = in_milliseconds(seen.longest);
    return waits;
}

using call = std::function<asio::awaitable<void>(dsql::async_connection&, dsql::batch&)>;

// Awaits a call that has to time out, and returns after how many milliseconds it does.
asio::awaitable<double> time_to_timeout(const char* name, asio::awaitable<void> work) {
    const auto start = clock_type::now();
    double took = 0;
    try {
        co_await std::move(work);
        std::printf("%s: no timeout\n", name);
    } catch (const dsql::timeout_error&) {
        took = in_milliseconds(clock_type::now() - start);
    }
    co_return took;
}

asio::awaitable<void> serve_next_caller(const char* name, dsql::pool& pool) {
    dsql::async_pool db(pool);
    if (co_await db.query_value<int>(dsql::within{10s}, stalls::small_query) != 1) {
        std::printf("%s: the next caller was not served\n", name);
    }
}

// What one stalled call has shown, in milliseconds.
struct measured {
    double call = 0;
    longest_waits others{};
};

measured stall(const stalls::stage<call>& at, const company& with) {
    stalling_relay relay(stalls::endpoint_port());
    dsql::pool pool(stalls::through(relay), {.max_connections = 1});
    dsql::batch batch = stalls::large_batch();
    dsql::async_connection connection(pool.acquire());
    relay.stall_after(at.stalled, at.after);
    measured seen;
    seen.others = run_in_company(
        with,
        [&]() -> asio::awaitable<void> {
            seen.call = co_await time_to_timeout(at.name, at.call(connection, batch));
            connection.release();
        },
        [&] { return serve_next_caller(at.name, pool); });
    return seen;
}

// Why a pool of one connection has none to give. `begin` returns what ends it when destroyed.
struct shortage {
    const char* name;
    std::function<std::shared_ptr<void>(stalling_relay&, dsql::pool&)> begin;
};

// Returns what stalls the relay's later connections until it is destroyed.
std::shared_ptr<void> stall_connects(stalling_relay& relay, std::size_t after) {
    relay.stall_later_connections_after(stalling_relay::to_client, after);
    return {&relay, [](stalling_relay* stalled) {
                stalled->resume();
            }};
}

const shortage shortages[] = {
    {"acquire while all connections are in use",
     [](stalling_relay&, dsql::pool& pool) -> std::shared_ptr<void> {
         return std::make_shared<dsql::pooled_connection>(pool.acquire());
     }},
    {"acquire while a name lookup stalls",
     [](stalling_relay&, dsql::pool&) -> std::shared_ptr<void> {
         lookups_stall = true;
         return {&lookups_stall, [](std::atomic<bool>* stalled) {
                     *stalled = false;
                     stalled->notify_all();
                 }};
     }},
    {"acquire while a TLS handshake stalls",
     [](stalling_relay& relay, dsql::pool&) {
         return stall_connects(relay, 0);
     }},
    {"acquire while the start-up stalls",
     [](stalling_relay& relay, dsql::pool&) {
         const std::size_t before = relay.forwarded(stalling_relay::to_client);
         static_cast<void>(dsql::connect(stalls::through(relay)));
         const std::size_t whole = relay.forwarded(stalling_relay::to_client) - before;
         return stall_connects(relay, whole - 100);  // 100 bytes before the end
     }},
};

asio::awaitable<void> acquire(dsql::async_pool& db) {
    static_cast<void>(co_await db.acquire(deadline));
}

measured stall(const shortage& at, const company& with) {
    stalling_relay relay(stalls::endpoint_port());
    dsql::pool pool(stalls::through(relay), {.max_connections = 1});
    std::shared_ptr<void> lasting = at.begin(relay, pool);
    dsql::async_pool db(pool);
    measured seen;
    seen.others = run_in_company(
        with,
        [&]() -> asio::awaitable<void> {
            seen.call = co_await time_to_timeout(at.name, acquire(db));
        },
        [&] {
            lasting.reset();
            return serve_next_caller(at.name, pool);
        });
    return seen;
}

// Not a temporary, because g++ 12 destroys some temporaries of co_await twice.
const dsql::copy_target target{.table = stalls::table};

const stalls::calls<call> awaited_calls{
    .run_small_query = [](dsql::async_connection& c, dsql::batch&) -> asio::awaitable<void> {
        co_await c.execute(deadline, stalls::small_query);
    },
    .read_large_row = [](dsql::async_connection& c, dsql::batch&) -> asio::awaitable<void> {
        co_await c.execute(deadline, stalls::large_row_query);
    },
    .read_stream = [](dsql::async_connection& c, dsql::batch&) -> asio::awaitable<void> {
        auto rows = co_await c.stream<int>(deadline, stalls::stream_query);
        while (co_await rows.next()) {
            for (const auto& row : rows) {
                static_cast<void>(row);
            }
        }
    },
    .copy_in = [](dsql::async_connection& c, dsql::batch&) -> asio::awaitable<void> {
        auto copy = co_await c.copy_in(deadline, target);
        const std::string line(1000, 'x');
        for (int i = 0; i < 100'000; ++i) {
            copy.row(line);
            if (copy.is_full()) {
                co_await copy.send();
            }
        }
        static_cast<void>(co_await copy.finish());
    },
    .copy_out = [](dsql::async_connection& c, dsql::batch&) -> asio::awaitable<void> {
        auto rows = co_await c.copy_out<std::string_view>(deadline, target);
        while (co_await rows.next()) {
            for (const auto& row : rows) {
                static_cast<void>(row);
            }
        }
    },
    .run_batch = [](dsql::async_connection& c, dsql::batch& large) -> asio::awaitable<void> {
        static_cast<void>(co_await c.run(deadline, std::move(large)));
    },
};

// Prints how long the calls and the others took, once for each company.
template <class Once>
void report(const char* name, const std::vector<company>& companies, Once once) {
    std::vector<double> calls;
    std::vector<double> noted;
    double handler = 0;
    for (const company& with : companies) {
        noted.push_back(0);
        for (int i = 0; i < stalls::repetitions; ++i) {
            const measured seen = once(with);
            calls.push_back(seen.call);
            noted.back() = std::max(noted.back(), seen.others.noted);
            handler = std::max(handler, seen.others.handler);
        }
    }
    std::printf("    %-42s %7.1f %7.1f %10.1f %10.1f %10.2f\n", name, bench::median(calls),
                *std::max_element(calls.begin(), calls.end()), noted[0], noted[1], handler);
    std::fflush(stdout);
}

measured stall_nothing(const company& with) {
    const auto nothing = []() -> asio::awaitable<void> {
        co_return;
    };
    return {.call = 0,
            .others = run_in_company(
                with, [] { return pause(100ms); }, nothing)};
}

}  // namespace

int main() {
    unsetenv("DSQL_HOST_ADDRESS");  // so that names are looked up
    const stalls::large_table table;
    dsql::pool healthy(stalls::direct(), {.max_connections = queries});
    healthy.warm_up(queries, 30s);
    const std::vector<company> companies = {
        {timers, &wait_again_and_again},
        {queries,
         [&](others& seen) {
             return query_again_and_again(seen, dsql::async_pool(healthy));
         }},
    };
    std::printf(
        "a deadline of 100 ms over a server that stalls, %d times each beside %d timers of 1 ms\n"
        "and %d times beside %d callers of another pool, all on one thread, in ms\n"
        "    %-42s %15s %10s %10s %10s\n    %-42s %7s %7s %10s %10s %10s\n",
        stalls::repetitions, timers, stalls::repetitions, queries, "", "stalled call", "timers",
        "queries", "a handler", "", "median", "max", "latest", "longest", "processor");
    report("nothing stalls", companies, &stall_nothing);
    for (const stalls::stage<call>& one : stalls::stages(awaited_calls)) {
        report(one.name, companies, [&](const company& with) { return stall(one, with); });
    }
    for (const shortage& one : shortages) {
        report(one.name, companies, [&](const company& with) { return stall(one, with); });
    }
    report("nothing stalls, again", companies, &stall_nothing);
}
