// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/parameters.hpp>

#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parameters_test {

using dsql::conversion_error;
using dsql::oid;
using dsql::parameters;
using dsql::detail::argument_view;
using dsql::detail::bind_values;
namespace oids = dsql::oids;

// The form in which a value is sent: "t" for text or "b" for binary, followed by the bytes; "NULL"
// for NULL.
std::string sent(const argument_view& values, int index) {
    const char* const value = values.values[index];
    if (value == nullptr) {
        return "NULL";
    }
    if (values.formats[index] == 0) {
        return std::string(1, 't').append(value);
    }
    return std::string(1, 'b').append(value, static_cast<std::size_t>(values.lengths[index]));
}

std::string big_endian(std::string_view bytes) {
    return std::string(1, 'b').append(bytes);
}

TEST(Parameters, TextIsSentUntypedAndNumbersInBinary) {
    const std::string text = "own";
    const char* const no_text = nullptr;
    const auto bound = bind_values({}, "literal", text, std::string_view("view"), no_text, true,
                                   258, std::int64_t{-1}, 1.5F, short(3));
    const argument_view values = bound.view();
    ASSERT_EQ(values.count, 9);
    EXPECT_EQ(sent(values, 0), "tliteral");
    EXPECT_EQ(sent(values, 1), "town");
    EXPECT_EQ(sent(values, 2), "tview");
    EXPECT_EQ(sent(values, 3), "NULL");
    EXPECT_EQ(sent(values, 4), big_endian("\1"));
    EXPECT_EQ(sent(values, 5), big_endian({"\0\0\1\2", 4}));
    EXPECT_EQ(sent(values, 6), big_endian("\xff\xff\xff\xff\xff\xff\xff\xff"));
    EXPECT_EQ(sent(values, 7), big_endian({"\x3f\xc0\0\0", 4}));
    EXPECT_EQ(sent(values, 8), big_endian({"\0\3", 2}));
    const std::array<oid, 9> types = {oids::unspecified, oids::unspecified, oids::unspecified,
                                      oids::unspecified, oids::boolean,     oids::int4,
                                      oids::int8,        oids::float4,      oids::int2};
    EXPECT_TRUE(std::equal(types.begin(), types.end(), values.types));
}

TEST(Parameters, AnEmptyOptionalHasTheTypeOfAFullOne) {
    const auto bound = bind_values({}, std::optional<int>(), std::optional<int>(7), nullptr,
                                   std::nullopt, std::optional<std::string>());
    const argument_view values = bound.view();
    EXPECT_EQ(sent(values, 0), "NULL");
    EXPECT_EQ(values.types[0], oids::int4);
    EXPECT_EQ(sent(values, 1), big_endian({"\0\0\0\7", 4}));
    EXPECT_EQ(values.types[1], oids::int4);
    for (int i = 2; i < 5; ++i) {
        EXPECT_EQ(sent(values, i), "NULL");
        EXPECT_EQ(values.types[i], oids::unspecified);
    }
}

TEST(Parameters, BytesAreSentWithoutACopy) {
    const std::vector<std::byte> bytes = {std::byte{0}, std::byte{255}};
    const auto bound = bind_values({}, bytes, std::vector<std::byte>());
    EXPECT_EQ(static_cast<const void*>(bound.view().values[0]),
              static_cast<const void*>(bytes.data()));
    EXPECT_EQ(bound.view().types[0], oids::bytea);
    EXPECT_EQ(sent(bound.view(), 1), "b") << "empty is not NULL";
}

// The buffer is reallocated while it grows, and values written earlier must still be found.
TEST(Parameters, ManyLargeValuesKeepTheirPlaces) {
    const std::string_view view("0123456789");
    const std::string longer(600, 'x');
    const auto bound = bind_values({}, view, std::string_view(longer), view, 1, view);
    EXPECT_EQ(sent(bound.view(), 0), "t0123456789");
    EXPECT_EQ(sent(bound.view(), 1), std::string(1, 't').append(longer));
    EXPECT_EQ(sent(bound.view(), 4), "t0123456789");
}

TEST(Parameters, ATargetTypeDecidesHowAValueIsWritten) {
    const std::vector<oid> targets = {oids::int8, oids::int2, oids::text, oids::uuid};
    const auto bound = bind_values(targets, 258, 7, 42, "text");
    EXPECT_EQ(sent(bound.view(), 0), big_endian({"\0\0\0\0\0\0\1\2", 8}));
    EXPECT_EQ(sent(bound.view(), 1), big_endian({"\0\7", 2}));
    EXPECT_EQ(sent(bound.view(), 2), "b42") << "the text that PostgreSQL writes for it";
    EXPECT_EQ(sent(bound.view(), 3), "ttext");
}

TEST(Parameters, AValueThatDoesNotFitItsTargetIsNamed) {
    const std::vector<oid> targets = {oids::int8, oids::int2};
    const std::string message = thrown_message<conversion_error>(
        [&] { return bind_values(targets, 1, 70'000).view().count; });
    EXPECT_EQ(message.find("parameter $2 (int): "), 0U) << message;
}

TEST(Parameters, WhatDoesNotFitItsTypeIsNamed) {
    const std::string message = thrown_message<conversion_error>([] {
        return bind_values({}, std::numeric_limits<unsigned long long>::max()).view().count;
    });
    EXPECT_EQ(message.find("parameter $1 (unsigned long long): "), 0U) << message;
}

TEST(Parameters, AZeroByteIsAnError) {
    const std::string_view text("a\0b", 3);
    EXPECT_THROW(parameters{text}, conversion_error);
    const std::string message =
        thrown_message<conversion_error>([&] { return bind_values({}, 1, text).view().count; });
    EXPECT_EQ(message,
              "parameter $2 (std::string_view): a zero byte at position 1; PostgreSQL's text types "
              "cannot hold one");
}

TEST(Parameters, AListCopiesItsValues) {
    parameters list;
    {
        const std::string text = "a text longer than what fits into a string object itself";
        list.add(text);
        list.add(std::vector<std::byte>{std::byte{1}, std::byte{0}, std::byte{2}});
        list.add(nullptr);
        list.add(5);
    }
    const parameters copy = list;
    const auto bound = bind_values({}, copy);
    const argument_view values = bound.view();
    ASSERT_EQ(values.count, 4);
    EXPECT_EQ(sent(values, 0), "ta text longer than what fits into a string object itself");
    EXPECT_EQ(sent(values, 1), big_endian({"\1\0\2", 3}));
    EXPECT_EQ(sent(values, 2), "NULL");
    EXPECT_EQ(sent(values, 3), big_endian({"\0\0\0\5", 4}));
}

TEST(Parameters, AListIsMadeToFitItsTargetsToo) {
    const std::vector<oid> targets = {oids::int8, oids::text, oids::int8};
    const parameters list(5, "text", std::optional<int>());
    const auto bound = bind_values(targets, list);
    EXPECT_EQ(sent(bound.view(), 0), big_endian({"\0\0\0\0\0\0\0\5", 8}));
    EXPECT_EQ(sent(bound.view(), 1), "ttext");
    EXPECT_EQ(sent(bound.view(), 2), "NULL");
    const parameters other("5", 5, true);
    const std::string message =
        thrown_message<conversion_error>([&] { return bind_values(targets, other).view().count; });
    EXPECT_EQ(
        message,
        "parameter $3 (boolean): a value of the type boolean is not sent where bigint stands; "
        "use std::int64_t");
}

TEST(Parameters, TextIsNotConvertedToAKnownBytea) {
    const std::vector<oid> targets = {oids::bytea};
    const std::string text = "a\\001b";
    const std::string reason =
        "bytes have a type of their own: std::span<const std::byte>, std::vector<std::byte>";
    const auto message = [&](const auto& value) {
        return thrown_message<conversion_error>(
            [&] { return bind_values(targets, value).view().count; });
    };
    EXPECT_EQ(message(text), "parameter $1 (std::string): " + reason);
    EXPECT_EQ(message(std::string_view(text)), "parameter $1 (std::string_view): " + reason);
    EXPECT_EQ(message("text"), "parameter $1 (std::string_view): " + reason);
    EXPECT_EQ(message(std::optional<std::string>(text)), "parameter $1 (std::string): " + reason);
    EXPECT_EQ(message(parameters(text)), "parameter $1 (text): " + reason);
    EXPECT_EQ(message(7),
              "parameter $1 (int): a value of the type integer is not sent where bytea stands; use "
              "std::vector<std::byte>");
    EXPECT_EQ(message(std::optional<std::string>()), "") << "NULL is nothing else";
    const std::vector<oid> arrays = {oids::bytea_array};
    EXPECT_NE(thrown_message<conversion_error>(
                  [&] { return bind_values(arrays, std::vector<std::string>{text}).view().count; }),
              "");
}

}  // namespace parameters_test
