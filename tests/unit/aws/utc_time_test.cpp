// SPDX-License-Identifier: Apache-2.0
#include "aws/utc_time.hpp"

#include <gtest/gtest.h>

namespace {

using dsql::detail::amz_date;
using namespace std::chrono_literals;
using std::chrono::system_clock;

TEST(AmzDate, WritesTheMomentToTheSecondBelow) {
    const system_clock::time_point epoch{};
    EXPECT_EQ(amz_date(epoch).time(), "19700101T000000Z");
    EXPECT_EQ(amz_date(epoch).day(), "19700101");
    EXPECT_EQ(amz_date(epoch + 1'709'210'096s + 999ms).time(), "20240229T123456Z");
    EXPECT_EQ(amz_date(epoch - 1ms).time(), "19691231T235959Z");
}

}  // namespace
