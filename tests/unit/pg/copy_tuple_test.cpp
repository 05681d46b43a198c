// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>

#include "pg/bulk/copy_format.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace copy_tuple_test {

using dsql::conversion_error;
using dsql::detail::raw_value;
using dsql::pg::take_copy_header;
using dsql::pg::take_copy_tuple;

constexpr std::string_view signature("PGCOPY\n\377\r\n\0", 11);

std::string header(std::string_view flags, std::string_view extension) {
    return std::string(signature) + std::string(flags) + std::string(extension);
}

TEST(CopyTuple, TheHeaderIsAccepted) {
    const std::string plain =
        header(std::string_view("\0\0\0\0", 4), std::string_view("\0\0\0\0", 4)) + "rest";
    std::string_view data = plain;
    take_copy_header(data);
    EXPECT_EQ(data, "rest");
    const std::string extended =
        header(std::string_view("\0\0\0\0", 4), std::string_view("\0\0\0\2xy", 6)) + "rest";
    data = extended;
    take_copy_header(data);
    EXPECT_EQ(data, "rest");
}

TEST(CopyTuple, AMalformedHeaderIsAnError) {
    for (const std::string& bad :
         {std::string(), std::string("PGCOPY\n"), std::string(30, 'x'),
          header(std::string_view("\0\1\0\0", 4), std::string_view("\0\0\0\0", 4)),
          header(std::string_view("\0\0\0\0", 4), std::string_view("\xff\xff\xff\xff", 4)),
          header(std::string_view("\0\0\0\0", 4), "")}) {
        std::string_view data = bad;
        EXPECT_THROW(take_copy_header(data), conversion_error) << bad.size();
    }
}

TEST(CopyTuple, RowsAndTheTrailer) {
    const std::string_view rows("\0\3\0\0\0\2ab\xff\xff\xff\xff\0\0\0\0\xff\xff", 18);
    std::string_view data = rows;
    std::vector<raw_value> values;
    ASSERT_TRUE(take_copy_tuple(data, values));
    ASSERT_EQ(values.size(), 3U);
    EXPECT_EQ(std::string_view(values[0].data, 2), "ab");
    EXPECT_EQ(values[1].data, nullptr);
    EXPECT_NE(values[2].data, nullptr);
    EXPECT_EQ(values[2].size, 0);
    EXPECT_FALSE(take_copy_tuple(data, values));
    EXPECT_TRUE(data.empty());
}

TEST(CopyTuple, AMalformedRowIsAnError) {
    for (const std::string_view bad :
         {std::string_view(), std::string_view("\0", 1), std::string_view("\xff\xfe", 2),
          std::string_view("\0\1\0\0\0", 5), std::string_view("\0\1\0\0\0\5abcd", 10),
          std::string_view("\0\1\xff\xff\xff\xfe", 6), std::string_view("\0\1\x7f\xff\xff\xff", 6),
          std::string_view("\0\2\0\0\0\1a", 7)}) {
        std::string_view data = bad;
        std::vector<raw_value> values;
        EXPECT_THROW(static_cast<void>(take_copy_tuple(data, values)), conversion_error)
            << bad.size();
    }
}

}  // namespace copy_tuple_test
