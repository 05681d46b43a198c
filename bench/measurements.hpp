// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/dsql.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace bench {

/// A row of the table that the benchmarks of many rows read. bench/pgx/main.go reads the same.
struct measurement {
    std::int64_t id;
    std::int32_t kind;
    double value;
    bool valid;
    std::chrono::sys_time<std::chrono::microseconds> at;
    dsql::uuid device;
    std::string label;
    std::optional<std::int32_t> quality;
};

constexpr int rows_of_measurements = 500'000;
constexpr const char* all_measurements =
    "SELECT id, kind, value, valid, at, device, label, quality FROM bench_measurements";

/// Drops the table if it exists.
inline void drop_measurements(dsql::connection& session) {
    session.execute("DROP TABLE IF EXISTS bench_measurements");
}

/// Makes the table. DSQL has no CREATE TABLE AS, and dsql-local needs --no-limits.
inline void make_measurements(dsql::connection& session) {
    drop_measurements(session);
    session.execute(
        "CREATE TABLE bench_measurements (id bigint, kind int, value float8, valid boolean, "
        "at timestamptz, device uuid, label text, quality int)");
    session.execute(
        "INSERT INTO bench_measurements SELECT n, n % 7, n / 3.0::float8, n % 2 = 0, "
        "timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second', "
        "gen_random_uuid(), 'label ' || n, CASE WHEN n % 5 = 0 THEN NULL ELSE n END "
        "FROM generate_series(1, $1::int) n",
        rows_of_measurements);
    session.execute("ANALYZE bench_measurements");
}

}  // namespace bench
