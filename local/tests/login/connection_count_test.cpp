// SPDX-License-Identifier: Apache-2.0
#include "login/connection_count.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace connection_count_test {

using dsql_local::connection_count;

TEST(connection_count, admits_as_many_as_allowed_at_once) {
    const auto count = std::make_shared<connection_count>(2);
    connection_count::slot first = count->admit();
    connection_count::slot second = count->admit();
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(count->admit());
    EXPECT_FALSE(count->admit()) << "one that was rejected takes no slot";
    connection_count::slot copy = first;
    first.reset();
    EXPECT_FALSE(count->admit());
    copy.reset();
    EXPECT_TRUE(count->admit());
}

TEST(connection_count, of_zero_is_no_limit) {
    const auto count = std::make_shared<connection_count>(0);
    std::vector<connection_count::slot> slots;
    for (int i = 0; i < 100; ++i) {
        slots.push_back(count->admit());
        EXPECT_TRUE(slots.back());
    }
}

}  // namespace connection_count_test
