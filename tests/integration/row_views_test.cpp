// SPDX-License-Identifier: Apache-2.0
// Views into rows stay valid as long as the rows live, even when the rows are moved.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace row_views_test {

// These types point into the result, so functions that return values without their result do not
// compile with them.
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

TEST_F(RowViews, AreValidAsLongAsTheRows) {
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

TEST_F(RowViews, AreValidAfterTheRowsAreMoved) {
    auto rows = session_.query<entry>(three_entries);
    const entry last = rows[2];
    const auto moved = std::move(rows);
    EXPECT_EQ(last.text, std::string(3000, 'x'));
    EXPECT_EQ(characters(last.bytes), "bytes 3");
    EXPECT_EQ(moved[2].text.data(), last.text.data()) << "not a copy";
}

TEST_F(RowViews, OfAFieldAreValidAsLongAsTheResult) {
    dsql::result result = session_.query(three_entries);
    const auto view = result[1]["text"].as<std::string_view>();
    const auto bytes = result[1][1].as<byte_view>();
    const dsql::result moved = std::move(result);
    EXPECT_EQ(view, std::string(2000, 'x'));
    EXPECT_EQ(characters(bytes), "bytes 2");
}

TEST_F(RowViews, DistinguishEmptyFromNull) {
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

TEST_F(RowViews, RowsCanBeIteratedAgain) {
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

// Objects taken from a temporary result share its ownership.
TEST_F(RowViews, ObjectsFromATemporaryResultShareItsOwnership) {
    const auto entries = [this] {
        return session_.query(three_entries);
    };
    const auto kept = entries()[1];
    const dsql::row as_row = entries()[1];
    const auto field = entries()[1]["text"];
    const dsql::field as_field = entries()[1][0];
    const auto first = [&] {
        return dsql::field(kept["bytes"]);
    }();
    const std::string expected(2000, 'x');
    EXPECT_EQ(kept["text"].as<std::string_view>(), expected);
    EXPECT_EQ(as_row[0].as<std::string_view>(), expected);
    EXPECT_EQ(field.as<std::string_view>(), expected);
    EXPECT_EQ(as_field.as<std::string>(), expected);
    EXPECT_EQ(characters(first.as<byte_view>()), "bytes 2");
    EXPECT_TRUE(kept["nothing"].is_null());
    const auto bytes = entries()[0][1].bytes();
    EXPECT_EQ(bytes, "bytes 1");
    const auto name = entries()[0][1].column_name();
    EXPECT_EQ(name, "bytes");
    EXPECT_EQ(entries()[2][0].as<std::string>().size(), 3000U);
    EXPECT_EQ(entries().column_name(0), "text");
    EXPECT_THROW(static_cast<void>(entries()[3]), std::out_of_range);
    EXPECT_THROW(static_cast<void>(entries()[0][3]), std::out_of_range);
}

TEST_F(RowViews, FieldsOutliveTheRowTheyComeFrom) {
    std::vector<dsql::field> fields;
    {
        const auto kept = session_.query(three_entries)[2];
        fields.push_back(kept[0]);
        fields.push_back(kept["bytes"]);
    }
    EXPECT_EQ(fields[0].as<std::string>().size(), 3000U);
    EXPECT_EQ(fields[1].bytes(), "bytes 3");
}

TEST_F(RowViews, ResultsOfTemporaryRowsAndBatchesAreMovedOut) {
    const auto& untyped = session_.query<entry>(three_entries).untyped();
    EXPECT_EQ(untyped.size(), 3);
    dsql::batch batch;
    batch.add(three_entries).add("SELECT 5");
    const auto& first = session_.run(batch)[0];
    EXPECT_EQ(first[2][0].as<std::string>().size(), 3000U);
    EXPECT_EQ(session_.run(batch)[1].value<int>(), 5);
    int rows = 0;
    for (const auto& row : session_.run(batch)[0]) {
        rows += row.size() == 3 ? 1 : 0;
    }
    EXPECT_EQ(rows, 3);
}

// Calls that would return a dangling view do not compile; safe ones do.
template <class T>
concept walkable_when_temporary = requires(T&& all) {
    std::move(all).begin();
};
template <class T>
concept gives_its_handle = requires(T&& all) {
    std::move(all).native_handle();
};
template <class T>
concept indexable_when_temporary = requires(T&& all) {
    std::move(all)[0];
};
template <class T, class As>
concept readable_when_temporary = requires(T&& one) {
    std::move(one).template as<As>();
};
static_assert(!walkable_when_temporary<dsql::result>);
static_assert(!walkable_when_temporary<dsql::rows<int>>);
static_assert(!walkable_when_temporary<dsql::row_stream<int>>);
static_assert(!walkable_when_temporary<dsql::copy_rows<int>>);
static_assert(!walkable_when_temporary<dsql::batch_results>);
static_assert(!gives_its_handle<dsql::result>);
static_assert(!gives_its_handle<dsql::connection>);
static_assert(indexable_when_temporary<dsql::rows<int, std::string>>);
static_assert(!indexable_when_temporary<dsql::rows<int, std::string_view>>);
static_assert(!indexable_when_temporary<dsql::rows<entry>>);
static_assert(readable_when_temporary<dsql::owned_field, std::string>);
static_assert(!readable_when_temporary<dsql::owned_field, std::string_view>);
static_assert(!readable_when_temporary<dsql::owned_field, std::optional<std::string_view>>);
static_assert(!readable_when_temporary<dsql::owned_field, byte_view>);
static_assert(readable_when_temporary<const dsql::owned_field&, std::string_view>);
static_assert(readable_when_temporary<dsql::field, std::string_view>);
// The rows work with the ranges library of C++20.
static_assert(std::ranges::forward_range<dsql::rows<int>>);
static_assert(std::ranges::forward_range<const dsql::rows<int>>);
static_assert(std::ranges::forward_range<const dsql::result>);

}  // namespace row_views_test
