// SPDX-License-Identifier: Apache-2.0
#include <dsql/in_chunks.hpp>
#include <dsql/uuid.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <forward_list>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace in_chunks_test {

using sizes = std::vector<std::size_t>;

TEST(InChunks, SplitsByRowsAndLosesNothing) {
    std::vector<int> items(7'001);
    std::iota(items.begin(), items.end(), 0);
    std::vector<int> seen;
    sizes rows;
    dsql::in_chunks(items, 3'000, [&](auto part) {
        EXPECT_EQ(part.offset(), seen.size());
        rows.push_back(part.size());
        seen.insert(seen.end(), part.begin(), part.end());
    });
    EXPECT_EQ(rows, (sizes{3'000, 3'000, 1'001}));
    EXPECT_EQ(seen, items);
}

TEST(InChunks, SplitsByBytes) {
    const std::vector<std::string> items{std::string(6, 'a'), std::string(4, 'b'),
                                         std::string(1, 'c'), std::string(50, 'd'),
                                         std::string(10, 'e')};
    sizes rows;
    dsql::in_chunks(items, dsql::chunk_limits{.rows = 3'000, .bytes = 10},
                    [&](auto part) { rows.push_back(part.size()); });
    EXPECT_EQ(rows, (sizes{2, 1, 1, 1})) << "what is too large goes alone";
}

TEST(InChunks, KeepsHalfOfTheLimitOnBytesByDefault) {
    const std::vector<std::string> items(11, std::string(1024 * 1024, 'x'));
    sizes rows;
    dsql::in_chunks(items, 3'000, [&](auto part) { rows.push_back(part.size()); });
    EXPECT_EQ(rows, (sizes{5, 5, 1}));
}

TEST(InChunks, UsesACustomSizeFunction) {
    const std::array<int, 4> items{1, 2, 3, 4};
    sizes rows;
    dsql::in_chunks(
        items, dsql::chunk_limits{.bytes = 5}, [&](auto part) { rows.push_back(part.size()); },
        [](int item) { return static_cast<std::size_t>(item); });
    EXPECT_EQ(rows, (sizes{2, 1, 1}));
}

TEST(InChunks, TakesAnyForwardRange) {
    const std::forward_list<int> items{1, 2, 3};
    sizes rows;
    dsql::in_chunks(items, 2, [&](auto part) { rows.push_back(part.size()); });
    EXPECT_EQ(rows, (sizes{2, 1}));
    dsql::in_chunks(std::vector<int>(), 2, [](auto) { FAIL() << "nothing to do"; });
}

TEST(InChunks, LimitsOfZeroAreErrors) {
    const std::vector<int> items{1};
    EXPECT_THROW(dsql::in_chunks(items, 0, [](auto) {}), dsql::config_error);
    EXPECT_THROW(dsql::in_chunks(items, dsql::chunk_limits{.bytes = 0}, [](auto) {}),
                 dsql::config_error);
}

TEST(InChunks, PassesOnExceptions) {
    const std::vector<int> items(5);
    std::size_t done = 0;
    EXPECT_THROW(dsql::in_chunks(items, 2,
                                 [&](auto part) {
                                     done = part.offset();
                                     if (part.offset() == 2) {
                                         throw dsql::error("no");
                                     }
                                 }),
                 dsql::error);
    EXPECT_EQ(done, 2U);
}

TEST(InChunks, AcceptsDefaultLimitsAndSignedRowCounts) {
    const std::vector<int> items(3'001);
    sizes rows;
    dsql::in_chunks(items, {}, [&](auto part) { rows.push_back(part.size()); });
    EXPECT_EQ(rows, (sizes{3'000, 1}));
    EXPECT_THROW(dsql::in_chunks(items, -1, [](auto) {}), dsql::config_error);
}

struct account {
    dsql::uuid id{};
    std::string owner{};
    std::optional<std::int64_t> balance{};
};

TEST(SizeWhenSent, IsTheSumOfTheValues) {
    const dsql::detail::size_when_sent size;
    EXPECT_EQ(size(std::int64_t{1}), 8U);
    EXPECT_EQ(size(std::string("four")), 4U);
    EXPECT_EQ(size("literal"), 7U);
    EXPECT_EQ(size(std::optional<std::string>()), 0U);
    EXPECT_EQ(size(std::vector<std::string>{"ab", "c"}), 3U);
    EXPECT_EQ(size(std::tuple(std::int32_t{1}, std::string("abc"))), 7U);
    EXPECT_EQ(size(std::vector<std::byte>(9)), 9U);
    EXPECT_EQ(size(account{.owner = "abc", .balance = 5}), 27U);
    EXPECT_EQ(size(account{.owner = "abc"}), 19U);
    EXPECT_EQ(size(std::filesystem::path("a/b")), sizeof(std::filesystem::path))
        << "a range of itself";
    EXPECT_EQ(size(static_cast<const char*>(nullptr)), 0U);
}

}  // namespace in_chunks_test
