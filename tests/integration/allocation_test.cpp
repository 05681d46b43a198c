// SPDX-License-Identifier: Apache-2.0
// Rows of types that need no heap are read without allocations. A COMMIT that was sent and then
// fails because memory runs out is reported as unknown. This is a separate program, because it
// replaces operator new, and malloc, which libpq calls.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/replaced_operator_new.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>
#include <string_view>

namespace {

constinit std::atomic<long> allocations = 0;
constinit std::atomic<long> memory_blocks = 0;

// How many allocations of this thread succeed before allocations fail, either all or only one of
// them. Negative: all succeed.
constinit thread_local long allocations_left = -1;
constinit thread_local bool only_one_fails = false;

bool is_to_fail() noexcept {
    if (allocations_left < 0) {
        return false;
    }
    if (allocations_left > 0) {
        --allocations_left;
        return false;
    }
    allocations_left = only_one_fails ? -1 : 0;
    return true;
}

}  // namespace

void* allocate_in_test(std::size_t size) {
    ++allocations;
    void* const memory = std::malloc(size);  // NOLINT(cppcoreguidelines-no-malloc)
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

#ifdef __GLIBC__
#define DSQL_COUNTED extern "C" __attribute__((visibility("default")))

// The original functions of glibc, under the names that it exports for programs that replace
// malloc.
extern "C" void* __libc_malloc(std::size_t size);
extern "C" void* __libc_calloc(std::size_t count, std::size_t size);
extern "C" void* __libc_realloc(void* block, std::size_t size);

DSQL_COUNTED void* malloc(std::size_t size) noexcept {
    ++memory_blocks;
    return is_to_fail() ? nullptr : __libc_malloc(size);
}
DSQL_COUNTED void* calloc(std::size_t count, std::size_t size) noexcept {
    ++memory_blocks;
    return is_to_fail() ? nullptr : __libc_calloc(count, size);
}
DSQL_COUNTED void* realloc(void* block, std::size_t size) noexcept {
    ++memory_blocks;
    return is_to_fail() ? nullptr : __libc_realloc(block, size);
}
constexpr bool counts_memory_blocks = true;
#else
constexpr bool counts_memory_blocks = false;
#endif

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

// Expects no allocation while it lives, neither by the library nor by libpq.
class none_expected {
public:
    none_expected() = default;
    ~none_expected() {
        EXPECT_EQ(allocations, allocations_before_);
        EXPECT_EQ(memory_blocks, blocks_before_);
    }
    none_expected(const none_expected&) = delete;
    none_expected& operator=(const none_expected&) = delete;

private:
    long allocations_before_ = allocations;
    long blocks_before_ = memory_blocks;
};

// Whether this is row `n` of thousand_rows.
bool is_right(int n, const everything& row) {
    return row.small == n && row.large == n && row.real == n / 3.0 && row.even == (n % 2 == 0) &&
           row.id.bytes()[0] == 0xa0 && row.id.bytes()[15] == 0x11 && row.label.size() == 80 &&
           row.label.ends_with("texttext") &&
           row.at == std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) &&
           row.maybe.value_or(0) == (n % 3 == 0 ? n : 0);
}

// The number of correct rows.
template <class Rows>
int count_right(const Rows& rows) {
    int right = 0;
    for (const auto& row : rows) {
        right += is_right(right + 1, row) ? 1 : 0;
    }
    return right;
}

class Allocation : public testing::Test {
protected:
    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

TEST_F(Allocation, CountsOperatorNew) {
    const long before = allocations;
    EXPECT_EQ(session_.query_value<std::string>("SELECT repeat('x', 100)").size(), 100U);
    EXPECT_GT(allocations, before);
}

TEST_F(Allocation, CountsMallocOfLibpq) {
    const long before = memory_blocks;
    const dsql::result result = session_.query("SELECT 1");
    EXPECT_EQ(memory_blocks > before, counts_memory_blocks);
}

TEST_F(Allocation, TuplesNeedNone) {
    const auto rows = session_.query<int, std::int64_t, double, bool, dsql::uuid, std::string_view,
                                     micros, std::optional<int>, dsql::decimal>(thousand_rows);
    int right = 0;
    {
        const none_expected none;
        for (const auto& [small, large, real, even, id, label, at, maybe, amount] : rows) {
            right += is_right(right + 1, {small, large, real, even, id, label, at, maybe, amount});
        }
    }
    EXPECT_EQ(right, 1'000);
}

TEST_F(Allocation, AggregatesNeedNone) {
    const dsql::rows<everything> rows = session_.query<everything>(thousand_rows);
    const none_expected none;
    EXPECT_EQ(count_right(rows), 1'000);
}

TEST_F(Allocation, AggregatesByPositionNeedNone) {
    const auto rows = session_.query<dsql::by_position<everything>>(thousand_rows);
    const none_expected none;
    EXPECT_EQ(count_right(rows), 1'000);
}

TEST_F(Allocation, LaxAggregatesNeedNone) {
    const auto rows = session_.query<dsql::lax<everything>>(thousand_rows);
    const none_expected none;
    EXPECT_EQ(count_right(rows), 1'000);
}

TEST_F(Allocation, UntypedRowsNeedNone) {
    const dsql::result rows = session_.query(thousand_rows);
    const none_expected none;
    int right = 0;
    for (const dsql::row row : rows) {
        right +=
            is_right(right + 1, {row[0].as<int>(), row[1].as<std::int64_t>(), row[2].as<double>(),
                                 row[3].as<bool>(), row[4].as<dsql::uuid>(),
                                 row[5].as<std::string_view>(), row[6].as<micros>(),
                                 row[7].as<std::optional<int>>(), row[8].as<dsql::decimal>()});
    }
    EXPECT_EQ(right, 1'000);
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

TEST_F(Allocation, APreparedShortStatementNeedsFew) {
    long before = 0;
    for (const int number :
         {1, 2}) {  // one source location, because the first use of a location allocates
        before = allocations;
        EXPECT_EQ(session_.query_value<int>("SELECT $1::int", number), number);
    }
    EXPECT_EQ(allocations, before);
}

// The buffers grow to one chunk and are then reused.
TEST_F(Allocation, ARowThatIsCopiedIntoATableNeedsNone) {
    session_.execute(
        "CREATE TEMP TABLE copied (small int, large bigint, real float8, even bool, label text, "
        "at timestamptz, maybe int)");
    for (const auto format : {dsql::copy_format::text, dsql::copy_format::binary}) {
        dsql::copy_writer copy = session_.copy_in({.table = "copied", .format = format});
        const auto write = [&copy] {
            for (int i = 0; i < 2'000; ++i) {
                copy.row(i, std::int64_t(i), 0.5, true, "te\txt", micros(), std::nullopt);
            }
        };
        write();
        const long before = allocations;
        write();
        EXPECT_EQ(allocations, before);
        EXPECT_EQ(copy.finish(), 4'000);
    }
}

// Makes allocations fail while it lives, after `succeeding` of them.
class failing_allocations {
public:
    failing_allocations(long succeeding, bool only_one) {
        only_one_fails = only_one;
        allocations_left = succeeding;
    }
    ~failing_allocations() { allocations_left = -1; }
    failing_allocations(const failing_allocations&) = delete;
    failing_allocations& operator=(const failing_allocations&) = delete;
};

enum class commit_outcome { committed, unknown, not_sent };

// Commits repeatedly. Each time, a later allocation fails, until a commit needs no more of them.
void commit_at_each_failure(bool only_one, const std::stop_token& stop) {
    dsql::connection reader = dsql::connect(endpoint_under_test());
    reader.execute("DROP TABLE IF EXISTS short_of_memory");
    reader.execute("CREATE TABLE short_of_memory (n int)");
    int committed = 0;
    for (int n = 0; committed < 3; ++n) {
        ASSERT_LT(n, 1000);
        std::optional<dsql::connection> session = dsql::connect(endpoint_under_test());
        std::optional<dsql::transaction> writing = session->begin();
        writing->execute("INSERT INTO short_of_memory VALUES ($1)", n);
        commit_outcome outcome = commit_outcome::committed;
        std::string failure;
        {
            const failing_allocations failing(n, only_one);
            try {
                writing->commit(stop);
            } catch (const dsql::commit_unknown_error&) {
                outcome = commit_outcome::unknown;
            } catch (const std::exception&) {
                outcome = commit_outcome::not_sent;
            }
        }
        committed += outcome == commit_outcome::committed ? 1 : 0;
        writing.reset();
        session.reset();
        const bool is_there =
            reader.query_value<bool>("SELECT EXISTS (SELECT FROM short_of_memory WHERE n = $1)", n);
        EXPECT_TRUE(is_there || outcome != commit_outcome::committed) << n;
        EXPECT_TRUE(!is_there || outcome != commit_outcome::not_sent) << n;
    }
    reader.execute("DROP TABLE short_of_memory");
}

TEST(ShortOfMemory, ACommitThatWasSentIsCommittedOrUnknown) {
    const std::stop_source never;
    for (const bool only_one : {true, false}) {
        commit_at_each_failure(only_one, {});
        commit_at_each_failure(only_one, never.get_token());
    }
}

}  // namespace
