// SPDX-License-Identifier: Apache-2.0
// A full disk. The library writes only the token caches of SSO and `aws login`, which other
// programs share. The old content must survive, and nothing else be left.
#include <dsql/error.hpp>

#include "aws/providers/login/cache_file.hpp"
#include "scarcity/child.hpp"
#include "support/temporary_directory.hpp"
#include "support/whole_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <string>

namespace disk_test {

// Lets each file of this process grow to so many bytes. The disk is full at that place.
void limit_files(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
}

std::string complaint_at(rlim_t bytes) {
    const temporary_directory home;
    const std::string path = home / "cache.json";
    const std::string before = R"({"accessToken": "old"})";
    write_whole_file(path, before);
    limit_files(bytes);
    bool has_failed = false;
    try {
        dsql::aws::write_cache_file(path, {{"accessToken", "new"}, {"refreshToken", "newer"}});
    } catch (const dsql::credentials_error& failure) {
        has_failed = std::string(failure.what()).find(path) != std::string::npos;
    }
    limit_files(RLIM_INFINITY);
    if (!has_failed) {
        return "no error that names the file";
    }
    if (read_whole_file(path) != before) {
        return "the old content is gone";
    }
    const auto files = std::distance(std::filesystem::directory_iterator(home.path()),
                                     std::filesystem::directory_iterator());
    return files == 1 ? "" : "a file is left";
}

TEST(FullDisk, LeavesTheOldCacheAlone) {
    for (const rlim_t bytes : {rlim_t{0}, rlim_t{1}, rlim_t{20}}) {
        EXPECT_EQ(complaint_of_child([bytes] { return complaint_at(bytes); }), "") << bytes;
    }
}

}  // namespace disk_test
