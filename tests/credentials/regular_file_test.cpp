// SPDX-License-Identifier: Apache-2.0
#include "aws/regular_file.hpp"

#include <dsql/error.hpp>

#include "support/temporary_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace regular_file_test {

using dsql::detail::read_regular_file;

// Kubernetes mounts a token as a link to a link to a file.
TEST(RegularFile, FollowsALink) {
    const temporary_file file("token");
    const temporary_file link("");
    std::filesystem::remove(link.path());
    std::filesystem::create_symlink(file.path(), link.path());
    EXPECT_EQ(read_regular_file(link.path(), 100), "token");
}

TEST(RegularFile, IsReadUpToTheLimitAndNotOneByteMore) {
    const std::string content(65'536, 'x');
    const temporary_file file(content);
    EXPECT_EQ(read_regular_file(file.path(), 65'536), content);
    EXPECT_THROW(static_cast<void>(read_regular_file(file.path(), 65'535)),
                 dsql::credentials_error);
}

}  // namespace regular_file_test
