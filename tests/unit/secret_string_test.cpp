// SPDX-License-Identifier: Apache-2.0
// Random changes of several secret strings, compared with std::string. DSQL_TEST_SEED repeats a
// run.
#include <dsql/secret_string.hpp>

#include "support/random_seed.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <random>
#include <string>
#include <utility>

namespace secret_string_test {

using dsql::secret_string;

TEST(SecretString, IsEmptyAtFirst) {
    const secret_string none;
    EXPECT_TRUE(none.empty());
    EXPECT_STREQ(none.c_str(), "");
    EXPECT_EQ(secret_string(""), none);
}

TEST(SecretString, ChangesAsAStringDoes) {
    std::mt19937_64 random(random_seed());
    const auto below = [&random](std::size_t count) {
        return static_cast<std::size_t>(random() % count);
    };
    std::array<secret_string, 3> secrets;
    std::array<std::string, 3> model;
    for (int i = 0; i < 20'000; ++i) {
        const std::size_t one = below(3);
        const std::size_t other = below(3);
        const std::string text(below(40), static_cast<char>('a' + below(26)));
        switch (below(7)) {
            case 0:
                secrets[one].append(text);
                model[one].append(text);
                break;
            case 1:
                secrets[one] = text;
                model[one] = text;
                break;
            case 2:
                secrets[one] = secrets[other];
                model[one] = model[other];
                break;
            case 3:
                if (one != other) {
                    secrets[one] = std::move(secrets[other]);
                    model[one] = std::exchange(model[other], {});
                }
                break;
            case 4:
                secrets[one] = secret_string(std::move(secrets[other]));
                model[one] = std::exchange(model[other], {});
                break;
            case 5:
                secrets[one].reserve(below(100));
                break;
            default:
                secrets[one].clear();
                model[one].clear();
        }
        for (std::size_t each = 0; each < 3; ++each) {
            ASSERT_EQ(secrets[each], model[each]) << "after change " << i;
            ASSERT_EQ(secrets[each].size(), model[each].size());
            ASSERT_EQ(std::strlen(secrets[each].c_str()), model[each].size());
        }
    }
}

}  // namespace secret_string_test
