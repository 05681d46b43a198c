// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/asio.hpp>
#include <dsql/dsql.hpp>

#include "support/protocol_server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <string>
#include <utility>

/// What a program does while the server strikes, with the blocking functions and with coroutines.
/// Each function takes the server, to wait until it has struck where that comes first.
namespace scenarios {

namespace asio = boost::asio;

/// A way of using a connection.
enum class use { query, stream, batch, copy_in, copy_out, commit_late, commit };

inline const dsql::copy_target& target() {
    static const dsql::copy_target struck{.table = "struck", .columns = {"n"}};
    return struck;
}

inline dsql::batch three_inserts() {
    dsql::batch all;
    all.add("INSERT INTO t SELECT 1")
        .add("INSERT INTO struck SELECT 2")
        .add("INSERT INTO t SELECT 3");
    return all;
}

inline void run(use how, dsql::connection& on, const dsql::within& limits,
                protocol_server& server) {
    switch (how) {
        case use::query:
            static_cast<void>(on.query<int>(limits, "SELECT struck"));
            return;
        case use::stream:
            for (const auto& [n] : on.stream<int>(limits, "SELECT struck")) {
                static_cast<void>(n);
            }
            return;
        case use::batch: {
            const dsql::batch all = three_inserts();
            static_cast<void>(on.run(limits, all));
            return;
        }
        case use::copy_in: {
            dsql::copy_writer writer = on.copy_in(limits, "COPY struck FROM STDIN");
            writer.write(std::string(100'000, '1') + "\n");
            static_cast<void>(writer.finish());
            return;
        }
        case use::copy_out:
            for (const auto& [n] : on.copy_out<int>(limits, target())) {
                static_cast<void>(n);
            }
            return;
        case use::commit_late:
        case use::commit: {
            dsql::transaction work = on.begin();
            work.execute("INSERT INTO struck SELECT 1");
            if (how == use::commit_late) {
                server.wait_until_struck();
            }
            work.commit(limits);
            return;
        }
    }
}

inline asio::awaitable<void> read_stream(dsql::async_connection& on, const dsql::within& limits) {
    auto rows = co_await on.stream<int>(limits, "SELECT struck");
    bool goes_on = true;
    while (goes_on) {
        goes_on = co_await rows.next();
    }
}

inline asio::awaitable<void> copy_in(dsql::async_connection& on, const dsql::within& limits) {
    auto writer = co_await on.copy_in(limits, "COPY struck FROM STDIN");
    writer.append(std::string(100'000, '1') + "\n");
    co_await writer.send();
    static_cast<void>(co_await writer.finish());
}

inline asio::awaitable<void> copy_out(dsql::async_connection& on, const dsql::within& limits) {
    auto rows = co_await on.copy_out<int>(limits, target());
    bool goes_on = true;
    while (goes_on) {
        goes_on = co_await rows.next();
    }
}

inline asio::awaitable<void> commit(use how, dsql::async_connection& on, const dsql::within& limits,
                                    protocol_server& server) {
    auto work = co_await on.begin();
    co_await work.execute("INSERT INTO struck SELECT 1");
    if (how == use::commit_late) {
        server.wait_until_struck();  // by the server's own thread
    }
    co_await work.commit(limits);
}

inline asio::awaitable<void> run(use how, dsql::async_connection& on, const dsql::within& limits,
                                 protocol_server& server) {
    switch (how) {
        case use::query:
            static_cast<void>(co_await on.query<int>(limits, "SELECT struck"));
            break;
        case use::stream:
            co_await read_stream(on, limits);
            break;
        case use::batch: {
            dsql::batch all = three_inserts();
            static_cast<void>(co_await on.run(limits, std::move(all)));
            break;
        }
        case use::copy_in:
            co_await copy_in(on, limits);
            break;
        case use::copy_out:
            co_await copy_out(on, limits);
            break;
        case use::commit_late:
        case use::commit:
            co_await commit(how, on, limits, server);
            break;
    }
}

/// Runs a coroutine to its end on this thread. Throws what it throws.
inline void wait(asio::awaitable<void> work) {
    asio::io_context io;
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(work),
                   [&failure](std::exception_ptr thrown) { failure = std::move(thrown); });
    io.run();
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace scenarios
