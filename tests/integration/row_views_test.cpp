// SPDX-License-Identifier: Apache-2.0
// Views into rows last as long as the rows do, wherever these are moved to.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace row_views_test {

// What these are made of points into the result: what returns values alone does not compile with
// them.
static_assert(dsql::detail::borrows<std::optional<std::string_view>>);
static_assert(dsql::detail::borrows<std::vector<std::optional<std::string_view>>>);
static_assert(dsql::detail::borrows<std::vector<std::span<const std::byte>>>);
static_assert(!dsql::detail::borrows<std::vector<std::string>>);

using byte_view = std::span<const std::byte>;

struct entry {
    std::string_view text;
    byte_view bytes;
    std::optional<std::string_view> nothing;
};

std::string characters(byte_view bytes) {
    std::string text;
    for (const std::byte one : bytes) {
        text += static_cast<char>(one);
    }
    return text;
}

constexpr const char* three_entries =
    "SELECT repeat('x', n * 1000) AS text, convert_to('bytes ' || n, 'UTF8') AS bytes, NULL::text "
    "AS nothing FROM generate_series(1, 3) n ORDER BY n";

class RowViews : public testing::Test {
protected:
    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

TEST_F(RowViews, LastAsLongAsTheRows) {
    const auto rows =
        session_.query<std::string_view, byte_view, std::optional<std::string_view>>(three_entries);
    std::vector<std::string_view> texts;
    std::vector<byte_view> bytes;
    for (const auto& [text, raw, nothing] : rows) {
        texts.push_back(text);
        bytes.push_back(raw);
        EXPECT_EQ(nothing, std::nullopt);
    }
    session_.execute("SELECT 'another answer'");
    session_.close();
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(texts[i], std::string((i + 1) * 1000, 'x'));
        EXPECT_EQ(characters(bytes[i]), "bytes " + std::to_string(i + 1));
    }
}

TEST_F(RowViews, LastWhenTheRowsAreMoved) {
    auto rows = session_.query<entry>(three_entries);
    const entry last = rows[2];
    const auto moved = std::move(rows);
    EXPECT_EQ(last.text, std::string(3000, 'x'));
    EXPECT_EQ(characters(last.bytes), "bytes 3");
    EXPECT_EQ(moved[2].text.data(), last.text.data()) << "not a copy";
}

TEST_F(RowViews, OfAFieldLastAsLongAsTheResult) {
    dsql::result result = session_.query(three_entries);
    const auto view = result[1]["text"].as<std::string_view>();
    const auto bytes = result[1][1].as<byte_view>();
    const dsql::result moved = std::move(result);
    EXPECT_EQ(view, std::string(2000, 'x'));
    EXPECT_EQ(characters(bytes), "bytes 2");
}

TEST_F(RowViews, TellEmptyFromNull) {
    const auto rows = session_.query<std::optional<std::string_view>, std::optional<byte_view>>(
        "VALUES ('', ''::bytea), (NULL, NULL)");
    const auto [empty_text, empty_bytes] = rows[0];
    EXPECT_EQ(empty_text, "");
    ASSERT_TRUE(empty_bytes.has_value());
    EXPECT_TRUE(empty_bytes->empty());
    const auto [no_text, no_bytes] = rows[1];
    EXPECT_EQ(no_text, std::nullopt);
    EXPECT_FALSE(no_bytes.has_value());
}

TEST_F(RowViews, RowsMayBeWalkedAgain) {
    const auto rows = session_.query<entry>(three_entries);
    for (int round = 0; round < 2; ++round) {
        std::size_t size = 0;
        for (const entry& one : rows) {
            size += one.text.size();
        }
        EXPECT_EQ(size, 6000U);
    }
    EXPECT_EQ(rows.untyped().column_name(1), "bytes");
}

}  // namespace row_views_test
