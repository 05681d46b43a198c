// SPDX-License-Identifier: Apache-2.0
// Rows of types that need no heap are read without it. A program of its own, because it replaces
// the allocation functions.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <new>
#include <optional>
#include <string_view>

namespace {

std::atomic<long> allocations = 0;

void* counted(std::size_t size) {
    ++allocations;
    void* const memory = std::malloc(size);  // NOLINT(cppcoreguidelines-no-malloc)
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

}  // namespace

void* operator new(std::size_t size) {
    return counted(size);
}
void* operator new[](std::size_t size) {
    return counted(size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}
void operator delete[](void* memory) noexcept {
    std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}

namespace {

using micros = std::chrono::sys_time<std::chrono::microseconds>;

constexpr const char* thousand_rows =
    "SELECT n AS small, n::bigint AS large, n / 3.0::float8 AS real, n % 2 = 0 AS even, "
    "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS id, repeat('text', 20) AS label, "
    "'2026-01-01 UTC'::timestamptz AS at, CASE WHEN n % 3 = 0 THEN n END AS maybe, "
    "12345.678::numeric AS amount FROM generate_series(1, 1000) n";

struct everything {
    int small;
    std::int64_t large;
    double real;
    bool even;
    dsql::uuid id;
    std::string_view label;
    micros at;
    std::optional<int> maybe;
    dsql::decimal amount;
};

class Allocation : public testing::Test {
protected:
    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

TEST_F(Allocation, IsCountedAtAll) {
    const long before = allocations;
    EXPECT_EQ(session_.query_value<std::string>("SELECT repeat('x', 100)").size(), 100U);
    EXPECT_GT(allocations, before);
}

TEST_F(Allocation, TuplesNeedNone) {
    const auto rows = session_.query<int, std::int64_t, double, bool, dsql::uuid, std::string_view,
                                     micros, std::optional<int>, dsql::decimal>(thousand_rows);
    const long before = allocations;
    std::int64_t sum = 0;
    for (const auto& [small, large, real, even, id, label, at, maybe, amount] : rows) {
        sum += small + large + static_cast<std::int64_t>(label.size()) + maybe.value_or(0);
    }
    EXPECT_EQ(allocations, before);
    EXPECT_EQ(sum, 500'500 * 2 + 80'000 + 166'833);
}

TEST_F(Allocation, AggregatesNeedNone) {
    const dsql::rows<everything> rows = session_.query<everything>(thousand_rows);
    const long before = allocations;
    std::int64_t sum = 0;
    for (const everything& row : rows) {
        sum += row.small + row.maybe.value_or(0);
    }
    EXPECT_EQ(allocations, before);
    EXPECT_EQ(sum, 500'500 + 166'833);
}

TEST_F(Allocation, AStreamNeedsNonePerRow) {
    const auto allocations_for = [this](int rows) {
        const long before = allocations;
        int walked = 0;
        for (const auto& [number, text] : session_.stream<int, std::string_view>(
                 "SELECT n, repeat('x', 100) FROM generate_series(1, $1::int) n", rows)) {
            walked += number > 0 && !text.empty() ? 1 : 0;
        }
        EXPECT_EQ(walked, rows);
        return allocations - before;
    };
    static_cast<void>(allocations_for(10));
    EXPECT_EQ(allocations_for(20'000), allocations_for(10));
}

TEST_F(Allocation, AShortStatementThatIsPreparedNeedsFew) {
    static_cast<void>(session_.query_value<int>("SELECT $1::int", 1));
    const long before = allocations;
    EXPECT_EQ(session_.query_value<int>("SELECT $1::int", 2), 2);
    EXPECT_EQ(allocations, before);
}

}  // namespace
