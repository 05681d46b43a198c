// SPDX-License-Identifier: Apache-2.0
// Compares the C++ interface with hand-written libpq and, if a version is installed that can take
// over a connection, with libpqxx. Needs an endpoint: build/release/bin/dsql-local run --
// build/release/bin/dsql_query_bench [single|rows|batch|stream]
#include <dsql/dsql.hpp>

#include "measurements.hpp"
#include "paired.hpp"

#include <libpq-fe.h>
#ifdef DSQL_BENCH_LIBPQXX
#include <dsql/pqxx.hpp>

#include <pqxx/pqxx>
#endif

#include <endian.h>
#include <malloc.h>
#include <sys/resource.h>

#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::chrono_literals;

dsql::connection open_connection() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    return dsql::connect(dsql::config{.host = host == nullptr ? "" : host});
}

struct clear {
    void operator()(PGresult* result_handle) const noexcept { PQclear(result_handle); }
};
using result_handle = std::unique_ptr<PGresult, clear>;

// Returns the connection's handle in blocking mode, which libpq's blocking functions need. All
// contestants use the same connection, because the core on which a server process happens to run
// makes a larger difference than everything that is measured here.
PGconn* blocking_handle(dsql::connection& ours) {
    PGconn* const handle = ours.native_handle();
    if (PQsetnonblocking(handle, 0) != 0) {
        throw std::runtime_error(PQerrorMessage(handle));
    }
    return handle;
}

void require(const result_handle& got, ExecStatusType status) {
    if (PQresultStatus(got.get()) != status) {
        throw std::runtime_error(PQresultErrorMessage(got.get()));
    }
}

template <class Unsigned>
Unsigned load(const char* data) {
    Unsigned value;
    std::memcpy(&value, data, sizeof value);
    if constexpr (sizeof value == 8) {
        return be64toh(value);
    } else {
        return be32toh(value);
    }
}

volatile std::int64_t kept = 0;

// --- one row with a prepared statement

constexpr const char* single_row = "SELECT $1::int + 1";

void single() {
    constexpr int queries = 200;
    const Oid type = 23;
    dsql::connection ours = open_connection();
    require(result_handle(PQprepare(blocking_handle(ours), "s", single_row, 1, &type)),
            PGRES_COMMAND_OK);
    const auto by_libpq = [&] {
        PGconn* const handle = blocking_handle(ours);
        for (int i = 0; i < queries; ++i) {
            const std::uint32_t value = htobe32(static_cast<std::uint32_t>(i));
            const char* const values[] = {reinterpret_cast<const char*>(&value)};
            const int lengths[] = {sizeof value};
            const int formats[] = {1};
            const result_handle got(PQexecPrepared(handle, "s", 1, values, lengths, formats, 1));
            require(got, PGRES_TUPLES_OK);
            kept = kept + load<std::uint32_t>(PQgetvalue(got.get(), 0, 0));
        }
    };
    const auto by_us = [&] {
        for (int i = 0; i < queries; ++i) {
            kept = kept + ours.query_value<int>(single_row, i);
        }
    };
    bench::compare("a prepared statement that returns one row, per statement",
                   {{"libpq, PQexecPrepared in binary", by_libpq},
                    {"libpq, once more", by_libpq},
                    {"query_value<int>", by_us},
                    {"query_value<int> within 1 s",
                     [&] {
                         for (int i = 0; i < queries; ++i) {
                             kept = kept + ours.query_value<int>(dsql::within{1s}, single_row, i);
                         }
                     }}},
                   101, queries);
}

// --- many rows into structs

using bench::all_measurements;
using bench::measurement;
using bench::rows_of_measurements;

measurement decode_by_hand(const PGresult* rows, int row) {
    constexpr std::chrono::seconds postgres_epoch(946'684'800);
    measurement one{};
    one.id = static_cast<std::int64_t>(load<std::uint64_t>(PQgetvalue(rows, row, 0)));
    one.kind = static_cast<std::int32_t>(load<std::uint32_t>(PQgetvalue(rows, row, 1)));
    one.value = std::bit_cast<double>(load<std::uint64_t>(PQgetvalue(rows, row, 2)));
    one.valid = *PQgetvalue(rows, row, 3) != 0;
    one.at = std::chrono::sys_time<std::chrono::microseconds>(
        std::chrono::microseconds(
            static_cast<std::int64_t>(load<std::uint64_t>(PQgetvalue(rows, row, 4)))) +
        postgres_epoch);
    std::array<std::uint8_t, 16> device;
    std::memcpy(device.data(), PQgetvalue(rows, row, 5), device.size());
    one.device = dsql::uuid(device);
    one.label.assign(PQgetvalue(rows, row, 6), static_cast<std::size_t>(PQgetlength(rows, row, 6)));
    if (PQgetisnull(rows, row, 7) == 0) {
        one.quality = static_cast<std::int32_t>(load<std::uint32_t>(PQgetvalue(rows, row, 7)));
    }
    return one;
}

// Checks that each value has the size of its type, so that decoding does not read beyond it.
void check_by_hand(const PGresult* rows, int row) {
    constexpr std::array<int, 8> sizes = {8, 4, 8, 1, 8, 16, -1, 4};
    for (int column = 0; column < 8; ++column) {
        const int size = PQgetlength(rows, row, column);
        if (sizes[static_cast<std::size_t>(column)] >= 0 &&
            size != sizes[static_cast<std::size_t>(column)] &&
            PQgetisnull(rows, row, column) == 0) {
            throw std::runtime_error("a value of the wrong size");
        }
    }
}

std::vector<measurement> decode_all_by_hand(const PGresult* rows, bool checked = false) {
    std::vector<measurement> all;
    all.reserve(static_cast<std::size_t>(PQntuples(rows)));
    for (int row = 0; row < PQntuples(rows); ++row) {
        if (checked) {
            check_by_hand(rows, row);
        }
        all.push_back(decode_by_hand(rows, row));
    }
    return all;
}

void keep(const std::vector<measurement>& all) {
    kept = kept + static_cast<std::int64_t>(all.size()) + all.back().id;
}

#ifdef DSQL_BENCH_LIBPQXX
// libpqxx does not convert timestamps. It returns the text "2026-01-01 00:00:00+00".
std::chrono::sys_time<std::chrono::microseconds> parsed_timestamp(std::string_view text) {
    const auto number = [text](std::size_t at, std::size_t digits) {
        unsigned value = 0;
        std::from_chars(text.data() + at, text.data() + at + digits, value);
        return value;
    };
    const std::chrono::year_month_day day(std::chrono::year(static_cast<int>(number(0, 4))),
                                          std::chrono::month(number(5, 2)),
                                          std::chrono::day(number(8, 2)));
    return std::chrono::sys_days(day) + std::chrono::hours(number(11, 2)) +
           std::chrono::minutes(number(14, 2)) + std::chrono::seconds(number(17, 2));
}

std::vector<bench::contestant> by_libpqxx(pqxx::connection& theirs) {
    return {{"libpqxx, stream", [&theirs] {
                 pqxx::work work(theirs);
                 std::vector<measurement> all;
                 for (auto [id, kind, value, valid, at, device, label, quality] :
                      work.stream<std::int64_t, std::int32_t, double, bool, std::string_view,
                                  std::string_view, std::string_view, std::optional<std::int32_t>>(
                          all_measurements)) {
                     all.push_back({id, kind, value, valid, parsed_timestamp(at),
                                    dsql::uuid::parse(device), std::string(label), quality});
                 }
                 keep(all);
             }}};
}
#endif

void rows() {
    dsql::connection ours = open_connection();
    bench::make_measurements(ours);
    const auto query_by_hand = [&] {
        result_handle got(PQexecParams(blocking_handle(ours), all_measurements, 0, nullptr, nullptr,
                                       nullptr, nullptr, 1));
        require(got, PGRES_TUPLES_OK);
        return got;
    };
    const auto by_hand = [&] {
        keep(decode_all_by_hand(query_by_hand().get()));
    };
    std::vector<bench::contestant> whole = {
        {"libpq, binary, decoded by hand", by_hand},
        {"libpq, once more", by_hand},
        {"query_all<measurement>",
         [&] {
             keep(ours.query_all<measurement>(all_measurements));
         }},
        {"stream<measurement>", [&] {
             std::vector<measurement> all;
             for (measurement&& one : ours.stream<measurement>(all_measurements)) {
                 all.push_back(std::move(one));
             }
             keep(all);
         }}};
#ifdef DSQL_BENCH_LIBPQXX
    pqxx::connection theirs = dsql::to_pqxx(open_connection());
    for (bench::contestant& one : by_libpqxx(theirs)) {
        whole.push_back(std::move(one));
    }
#endif
    bench::compare("500 000 mixed rows, queried and decoded into structs, per row", whole, 21,
                   rows_of_measurements);

    const result_handle got = query_by_hand();
    const dsql::rows<measurement> typed = ours.query<measurement>(all_measurements);
    bench::compare("the decoding alone, per row",
                   {{"by hand",
                     [&] {
                         keep(decode_all_by_hand(got.get()));
                     }},
                    {"by hand, NULL and sizes checked",
                     [&] {
                         keep(decode_all_by_hand(got.get(), true));
                     }},
                    {"rows<measurement>",
                     [&] {
                         std::vector<measurement> all;
                         all.reserve(static_cast<std::size_t>(typed.size()));
                         for (measurement&& one : typed) {
                             all.push_back(std::move(one));
                         }
                         keep(all);
                     }}},
                   21, rows_of_measurements);
    bench::drop_measurements(ours);
}

// --- a batch

void batches() {
    constexpr int statements = 1'000;
    dsql::connection ours = open_connection();
    bench::compare("1 000 statements, per statement",
                   {{"one by one, execute",
                     [&] {
                         for (int i = 0; i < statements; ++i) {
                             ours.execute(single_row, i);
                         }
                     }},
                    {"run(batch), added and run",
                     [&] {
                         dsql::batch batch;
                         for (int i = 0; i < statements; ++i) {
                             batch.add(single_row, i);
                         }
                         kept = kept + ours.run(batch)[999].value<int>();
                     }}},
                   31, statements);
}

// --- ten million rows

void stream() {
    constexpr int many = 10'000'000;
    const auto peak_kilobytes = [] {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;
    };
    dsql::connection ours = open_connection();
    const long before = peak_kilobytes();
    const auto start = std::chrono::steady_clock::now();
    std::int64_t sum = 0;
    for (const auto& [number, text] : ours.stream<std::int64_t, std::string_view>(
             "SELECT n::bigint, 'row ' || n FROM generate_series(1, $1::int) n", many)) {
        sum += number + static_cast<std::int64_t>(text.size());
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    kept = kept + sum;
    std::printf("10 000 000 rows streamed in %.1f s; the peak of memory grew by %ld KiB\n",
                took.count(), peak_kilobytes() - before);
}

}  // namespace

int main(int argc, char** argv) {
    // Keep freed memory in the process. Otherwise each contestant pays for the pages that the
    // previous one returned to the system.
    mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    const std::string_view only = argc > 1 ? argv[1] : "";
    const auto wanted = [&](std::string_view name) {
        return only.empty() || only == name;
    };
    if (wanted("single")) {
        single();
    }
    if (wanted("rows")) {
        rows();
    }
    if (wanted("batch")) {
        batches();
    }
    if (wanted("stream")) {
        stream();
    }
}
