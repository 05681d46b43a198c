// SPDX-License-Identifier: Apache-2.0
#include "scarcity/world.hpp"

#include "integration/endpoint_under_test.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <iterator>
#include <new>
#include <stdexcept>
#include <stop_token>
#include <string_view>
#include <thread>
#include <utility>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr const char* many_rows = "SELECT n, repeat('x', 100) FROM generate_series(1, 1000) n";
// More than libpq's buffers hold at first.
constexpr const char* long_text = "SELECT repeat('x', 100000)";

dsql::config settings_of_test() {
    dsql::config made = endpoint_under_test();
    made.connect_timeout = 5s;
    return made;
}

dsql::pool_options options(std::chrono::milliseconds patience) {
    return {.max_connections = world::most,
            .acquire_timeout = patience,
            .connection_rate = 0,
            .liveness = dsql::liveness_check::ping,
            .ping_after_idle = 0ms,
            .reset_session_state = true};
}

std::size_t open_descriptors() {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                      std::filesystem::directory_iterator()));
}

// Waits until the threads of the pool have closed what they close.
bool await_descriptors(std::size_t most) {
    for (int i = 0; i < 2000; ++i) {
        if (open_descriptors() <= most) {
            return true;
        }
        std::this_thread::sleep_for(1ms);
    }
    return false;
}

const dsql::copy_target& target() {
    static const dsql::copy_target made{.table = "scarce", .columns = {"n", "t"}};
    return made;
}

// --- blocking

void connect_anew(world& on, const shortage_begins& begin) {
    begin();
    dsql::connection made = dsql::connect(on.settings);
    static_cast<void>(made.query_value<int>("SELECT 1"));
    made.close();
}

void query(world& on, const shortage_begins& begin) {
    static_cast<void>(on.pool.query_value<int>("SELECT $1::int + 1", 1));
    begin();
    static_cast<void>(on.pool.query_value<int>("SELECT $1::int + 1", 1));
}

void new_statement(world& on, const shortage_begins& begin) {
    static std::atomic<int> number = 0;
    static std::string text;
    if (!text.empty()) {  // a failure must not keep the statement from being prepared later
        std::vector<dsql::pooled_connection> held;
        while (held.size() < world::most) {
            held.push_back(on.pool.acquire());
            static_cast<void>(held.back()->query_value<std::string>(text, "text"));
        }
    }
    text = "SELECT $1::text -- " + std::to_string(++number);
    begin();
    static_cast<void>(on.pool.query_value<std::string>(text, "text"));
}

void long_result(world& on, const shortage_begins& begin) {
    dsql::connection made = dsql::connect(on.settings);  // its buffers are small
    begin();
    static_cast<void>(made.query_value<std::string>(long_text));
}

void long_statement(world& on, const shortage_begins& begin) {
    dsql::connection made = dsql::connect(on.settings);
    const std::string text(100'000, 'x');
    begin();
    static_cast<void>(made.query_value<int>("SELECT length($1::text)", text));
}

void rejected_statement(world& on, const shortage_begins& begin) {
    begin();
    try {
        on.pool.execute("SELECT nothing FROM scarce");
    } catch (const dsql::server_error& failure) {
        if (failure.sqlstate() != "42703") {
            throw;
        }
    }
}

void rows(world& on, const shortage_begins& begin) {
    begin();
    for (const auto& [n, text] : on.pool.query<int, std::string>(many_rows)) {
        static_cast<void>(n);
    }
}

void stream(world& on, const shortage_begins& begin) {
    auto held = on.pool.acquire();
    begin();
    for (const auto& [n, text] : held->stream<int, std::string>(many_rows)) {
        static_cast<void>(n);
    }
}

void stream_left_early(world& on, const shortage_begins& begin) {
    auto held = on.pool.acquire();
    begin();
    for (const auto& [n, text] : held->stream<int, std::string>(many_rows)) {
        if (n == 3) {
            break;
        }
    }
}

void batch(world& on, const shortage_begins& begin) {
    begin();
    dsql::batch all;
    all.add("SELECT $1::int", 1).add("SELECT 2").add("SELECT $1::text", "three");
    static_cast<void>(on.pool.run(all));
}

void copy_in(world& on, const shortage_begins& begin) {
    auto held = on.pool.acquire();
    dsql::transaction work = held->begin();
    begin();
    dsql::copy_writer writer = work.copy_in("COPY scarce FROM STDIN");
    for (int i = 0; i < 3000; ++i) {
        writer.write(std::to_string(i) + "\tsome text that makes the line longer\n");
    }
    static_cast<void>(writer.finish());
    work.rollback();
}

void copy_in_rows(world& on, const shortage_begins& begin) {
    auto held = on.pool.acquire();
    dsql::transaction work = held->begin();
    begin();
    auto writer = work.copy_in(target());
    for (int i = 0; i < 100; ++i) {
        writer.row(i, "text");
    }
    static_cast<void>(writer.finish());
    work.rollback();
}

void copy_out(world& on, const shortage_begins& begin) {
    auto held = on.pool.acquire();
    begin();
    for (const auto& [n, text] : held->copy_out<int, std::string>(target())) {
        static_cast<void>(n);
    }
}

void acquire(world& on, const shortage_begins& begin) {
    begin();
    const auto first = on.pool.acquire();
    const auto second = on.pool.acquire();
}

void acquire_with_stop(world& on, const shortage_begins& begin) {
    const std::stop_source stop;
    begin();
    const auto held = on.pool.acquire({dsql::within{on.patience}, stop.get_token()});
    held->execute(stop.get_token(), "SELECT 1");
}

void acquire_new(world& on, const shortage_begins& begin) {
    on.pool.reset();
    begin();
    static_cast<void>(on.pool.acquire());
}

void begin_and_commit(world& on, const shortage_begins& begin) {
    begin();
    dsql::pooled_transaction work = on.pool.begin();
    work.execute("UPDATE scarce SET t = 'u' WHERE n = 1");
    work.commit();
}

void transact(world& on, const shortage_begins& begin) {
    begin();
    dsql::transact(on.pool, [](dsql::transaction& work) {
        work.execute("UPDATE scarce SET t = 'v' WHERE n = $1", 1);
    });
}

void abandoned_transaction(world& on, const shortage_begins& begin) {
    auto held = on.pool.acquire();
    dsql::transaction work = held->begin();
    begin();
}

void prepare(world& on, const shortage_begins& begin) {
    auto held = on.pool.acquire();
    begin();
    const dsql::statement made = held->prepare("SELECT $1::int * 2");
    static_cast<void>(held->query_value<int>(made, 2));
    held->deallocate(made);
}

void reset(world& on, const shortage_begins& begin) {
    begin();
    on.pool.reset();
    on.pool.warm_up(world::most, on.patience);
}

void hijack(world& on, const shortage_begins& begin) {
    begin();
    dsql::connection taken = on.pool.acquire().hijack();
    taken.close();
}

void whole_pool(world& on, const shortage_begins& begin) {
    begin();
    dsql::pool made(on.settings, options(on.patience));
    static_cast<void>(made.query_value<int>("SELECT 1"));
    made.close(on.patience);
}

// --- coroutines

using coroutine = std::function<asio::awaitable<void>(world&, const shortage_begins&)>;

// Runs a coroutine on this thread. Throws what it throws. An exception that comes out of Asio
// itself does not end the run, which must come to its end.
void drive(world& on, const shortage_begins& begin, const coroutine& work) {
    asio::io_context io;
    const asio::steady_timer reactor(io);  // now Asio makes what it needs descriptors for
    bool is_over = false;
    std::exception_ptr failure;
    asio::co_spawn(io, work(on, begin), [&](std::exception_ptr thrown) {
        failure = std::move(thrown);
        is_over = true;
    });
    std::exception_ptr stray;
    for (bool runs = true; runs;) {
        try {
            io.run();
            runs = false;
        } catch (...) {
            stray = std::current_exception();
        }
    }
    if (stray) {
        std::rethrow_exception(stray);
    }
    if (!is_over) {
        throw std::logic_error("the coroutine was forgotten");
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

asio::awaitable<void> async_query(world& on, const shortage_begins& begin) {
    static_cast<void>(co_await on.async.query_value<int>("SELECT $1::int + 1", 1));
    begin();
    static_cast<void>(co_await on.async.query_value<int>("SELECT $1::int + 1", 1));
}

asio::awaitable<void> async_acquire(world& on, const shortage_begins& begin) {
    begin();
    const auto held = co_await on.async.acquire();
}

asio::awaitable<void> async_acquire_new(world& on, const shortage_begins& begin) {
    on.pool.reset();
    begin();
    const auto held = co_await on.async.acquire();
}

asio::awaitable<void> async_rows(world& on, const shortage_begins& begin) {
    auto held = co_await on.async.acquire();
    begin();
    static_cast<void>(co_await held.query<int, std::string>(many_rows));
}

asio::awaitable<void> async_stream(world& on, const shortage_begins& begin) {
    auto held = co_await on.async.acquire();
    begin();
    auto rows = co_await held.stream<int, std::string>(many_rows);
    bool goes_on = true;
    while (goes_on) {
        goes_on = co_await rows.next();
    }
}

asio::awaitable<void> async_batch(world& on, const shortage_begins& begin) {
    begin();
    dsql::batch all;
    all.add("SELECT $1::int", 1).add("SELECT 2");
    static_cast<void>(co_await on.async.run(std::move(all)));
}

asio::awaitable<void> async_copy_in(world& on, const shortage_begins& begin) {
    auto held = co_await on.async.acquire();
    auto work = co_await held.begin();
    begin();
    auto writer = co_await work.copy_in("COPY scarce FROM STDIN");
    for (int i = 0; i < 3000; ++i) {
        writer.append(std::to_string(i) + "\tsome text that makes the line longer\n");
    }
    co_await writer.send();
    static_cast<void>(co_await writer.finish());
    co_await work.rollback();
}

asio::awaitable<void> async_copy_out(world& on, const shortage_begins& begin) {
    auto held = co_await on.async.acquire();
    begin();
    auto rows = co_await held.copy_out<int, std::string>(target());
    bool goes_on = true;
    while (goes_on) {
        goes_on = co_await rows.next();
    }
}

asio::awaitable<void> async_begin_and_commit(world& on, const shortage_begins& begin) {
    begin();
    auto work = co_await on.async.begin();
    co_await work.execute("UPDATE scarce SET t = 'w' WHERE n = 2");
    co_await work.commit();
}

asio::awaitable<void> async_transact(world& on, const shortage_begins& begin) {
    begin();
    co_await dsql::async_transact(
        on.async, [](dsql::async_transaction& work) -> asio::awaitable<void> {
            co_await work.execute("UPDATE scarce SET t = 'x' WHERE n = 2");
        });
}

scarce_use in_coroutine(const char* name, const coroutine& work, bool commits = false) {
    return {name, [work](world& on, const shortage_begins& begin) { drive(on, begin, work); },
            commits};
}

}  // namespace

world::world(std::chrono::milliseconds waits)
    : patience(waits),
      settings(settings_of_test()),
      pool(settings, options(patience)),
      async(pool) {
    warm_up();
    descriptors_ = open_descriptors();
}

void world::warm_up() {
    pool.warm_up(most, 20s);
}

std::string world::complaint() {
    try {
        warm_up();  // after failed connects, the pool pauses for as long as a second
        if (dsql::connect(settings).query_value<int>("SELECT 1") != 1) {
            return "a new connection gives a wrong result";
        }
        for (int i = 0; pool.stat().acquired_connections != 0; ++i) {
            if (i == 5000) {
                return "a connection is still in use";
            }
            std::this_thread::sleep_for(1ms);  // a thread of the pool returns it
        }
        std::vector<dsql::pooled_connection> held;
        while (held.size() < most) {
            held.push_back(pool.acquire());
            if (held.back()->query_value<int>("SELECT $1::int", 7) != 7) {
                return "a connection of the pool gives a wrong result";
            }
        }
        if (pool.stat().total_connections > most) {
            return "the pool has too many connections";
        }
    } catch (const std::exception& failure) {
        return std::string("afterwards: ") + failure.what();
    }
    return await_descriptors(descriptors_) ? "" : "a descriptor is left open";
}

void make_scarce_table() {
    dsql::connection made = dsql::connect(settings_of_test());
    made.execute("DROP TABLE IF EXISTS scarce");
    made.execute("CREATE TABLE scarce (n int, t text)");
    made.execute("INSERT INTO scarce SELECT n, 'row ' || n FROM generate_series(1, 500) n");
}

const std::vector<scarce_use>& scarce_uses() {
    static const std::vector<scarce_use> all{
        {"connect", &connect_anew},
        {"query", &query},
        {"query, new statement", &new_statement},
        {"query, long result", &long_result},
        {"query, long statement", &long_statement},
        {"query, rejected", &rejected_statement},
        {"query, many rows", &rows},
        {"stream", &stream},
        {"stream left early", &stream_left_early},
        {"batch", &batch},
        {"copy in", &copy_in},
        {"copy in of rows", &copy_in_rows},
        {"copy out", &copy_out},
        {"acquire", &acquire},
        {"acquire with a stop token", &acquire_with_stop},
        {"acquire, new connection", &acquire_new},
        {"begin and commit", &begin_and_commit, true},
        {"transact", &transact, true},
        {"transaction given up", &abandoned_transaction},
        {"prepare", &prepare},
        {"reset", &reset},
        {"hijack and close", &hijack},
        {"pool made and closed", &whole_pool},
        in_coroutine("coroutine: query", &async_query),
        in_coroutine("coroutine: acquire", &async_acquire),
        in_coroutine("coroutine: acquire, new connection", &async_acquire_new),
        in_coroutine("coroutine: many rows", &async_rows),
        in_coroutine("coroutine: stream", &async_stream),
        in_coroutine("coroutine: batch", &async_batch),
        in_coroutine("coroutine: copy in", &async_copy_in),
        in_coroutine("coroutine: copy out", &async_copy_out),
        in_coroutine("coroutine: begin and commit", &async_begin_and_commit, true),
        in_coroutine("coroutine: transact", &async_transact, true),
    };
    return all;
}

std::string documented_class(const std::exception& failure, const scarce_use& use) {
    if (dynamic_cast<const std::bad_alloc*>(&failure) != nullptr) {
        return "bad_alloc";
    }
    if (dynamic_cast<const dsql::commit_unknown_error*>(&failure) != nullptr) {
        return use.commits ? "commit_unknown_error" : "";
    }
    if (const auto* const one = dynamic_cast<const dsql::connection_error*>(&failure)) {
        const bool was_up = one->phase() == dsql::connection_phase::established;
        return was_up || one->is_transient() ? "connection_error" : "";
    }
    const bool is_about_threads =
        std::string_view(failure.what()).find("thread") != std::string_view::npos;
    if (dynamic_cast<const dsql::credentials_error*>(&failure) != nullptr) {
        return is_about_threads ? "credentials_error" : "";
    }
    if (dynamic_cast<const dsql::error*>(&failure) != nullptr) {
        return is_about_threads ? "error" : "";
    }
    return "";
}
