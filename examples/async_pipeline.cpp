// SPDX-License-Identifier: Apache-2.0
// Copies rows from one table to another through the program, in constant memory: a stream of rows
// is changed and goes into a COPY, on two connections of one pool, without a thread that waits.
//
//     dsql-local run -- build/release/bin/example_async_pipeline
#include <dsql/asio.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace {

namespace asio = boost::asio;

struct reading {
    std::int64_t id;
    double celsius;
};

void make_tables(dsql::retrying_pool& db) {
    db.execute("DROP TABLE IF EXISTS example_readings");
    db.execute("DROP TABLE IF EXISTS example_kelvin");
    db.execute("CREATE TABLE example_readings (id bigint PRIMARY KEY, celsius float8)");
    db.execute("CREATE TABLE example_kelvin (id bigint PRIMARY KEY, kelvin float8)");
    db.execute(
        "INSERT INTO example_readings SELECT n, n / 10.0 FROM generate_series(1, 2000) AS n");
}

// After a conflict, the transaction is rolled back and the readings are streamed again.
asio::awaitable<std::int64_t> convert(dsql::async_pool& db) {
    return dsql::async_transact(
        db, [&db](dsql::async_transaction& tx) -> asio::awaitable<std::int64_t> {
            auto readings = co_await db.stream<reading>("SELECT id, celsius FROM example_readings");
            const dsql::copy_target in_kelvin{.table = "example_kelvin"};
            auto converted = co_await tx.copy_in(in_kelvin);
            while (co_await readings.next()) {
                for (const reading& one : readings) {
                    converted.row(one.id, one.celsius + 273.15);
                }
                // The server sets the pace: nothing more is read while this waits.
                if (converted.is_full()) {
                    co_await converted.send();
                }
            }
            co_return co_await converted.finish();
        });
}

}  // namespace

int main() try {
    const char* const endpoint = std::getenv("CLUSTER_ENDPOINT");
    if (endpoint == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    dsql::pool pool({.host = endpoint}, {.max_connections = 2});
    dsql::retrying_pool retrying(pool);
    make_tables(retrying);

    asio::io_context io;
    dsql::async_pool db(pool, io.get_executor());
    asio::co_spawn(io, convert(db), [](const std::exception_ptr& failure, std::int64_t rows) {
        if (failure) {
            std::rethrow_exception(failure);
        }
        std::cout << rows << " readings converted\n";
    });
    io.run();
    std::cout << "the last one: "
              << pool.query_value<double>("SELECT max(kelvin) FROM example_kelvin") << " K\n";
    retrying.execute("DROP TABLE example_kelvin");
    retrying.execute("DROP TABLE example_readings");
} catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return EXIT_FAILURE;
}
