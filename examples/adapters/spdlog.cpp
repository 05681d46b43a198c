// SPDX-License-Identifier: Apache-2.0
// Logs with spdlog what a pool does: connects, slow and failed statements, conflicts and retries.
#include <dsql/dsql.hpp>

#include "spdlog_observer.hpp"

#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>

void use(dsql::pool& pool) {
    dsql::retrying_pool db(pool);
    db.execute("DROP TABLE IF EXISTS example_log");  // the server's notice says that there is none
    db.execute("CREATE TABLE example_log (id int PRIMARY KEY)");
    dsql::transact(pool, [](dsql::transaction& tx) {
        tx.execute("INSERT INTO example_log VALUES ($1)", 4711);
    });
    try {
        db.execute("SELECT $1::text::int", "4711 apples");
    } catch (const dsql::server_error& error) {
        if (error.sqlstate() != "22P02") {  // invalid_text_representation
            throw;
        }
    }
    db.execute(R"(SELECT count(*)
        FROM generate_series(1, 1000000))");  // slow
    db.execute("DROP TABLE example_log");
}

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        const auto log = spdlog::stdout_logger_mt("dsql");
        log->set_level(spdlog::level::debug);
        log->set_pattern("%H:%M:%S.%e %l %v [%s:%#]");

        const std::chrono::milliseconds slow(20);
        dsql::pool pool({.host = host,
                         .on_notice = log_notices(log),
                         .observer = std::make_shared<spdlog_observer>(log, slow)});
        use(pool);
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
