// SPDX-License-Identifier: Apache-2.0
#include "system/environment_file.hpp"

#include "system/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace environment_file_test {

using namespace dsql_local;
namespace fs = std::filesystem;

class environment_files : public testing::Test {
protected:
    void put(const std::string& text) const { std::ofstream(path_) << text; }

    std::string content() const {
        std::ifstream file(path_);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    // Returns the error of the constructor without the path; empty if there is none.
    std::string problem() const { return problem_of(path_); }

    static std::string problem_of(const fs::path& path) {
        try {
            const environment_file made(path);
            return "";
        } catch (const std::runtime_error& error) {
            const std::string start = "--env-file " + path.string() + ": ";
            EXPECT_EQ(std::string(error.what()).substr(0, start.size()), start);
            return std::string(error.what()).substr(start.size());
        }
    }

    const temporary_directory folder_{"/tmp"};
    const fs::path path_ = folder_.path() / "env";
};

TEST_F(environment_files, are_only_for_their_owner_and_removed_at_the_end) {
    {
        const environment_file made(path_);
        EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
        EXPECT_EQ(fs::file_size(path_), 0);  // not ready yet
        made.write("export A='b'\n");
        EXPECT_EQ(content(),
                  "# Written by dsql-local, which removes it when it ends.\nexport A='b'\n");
    }
    EXPECT_FALSE(fs::exists(path_));
}

TEST_F(environment_files, replace_what_is_empty_or_left_over) {
    for (const std::string& before :
         {std::string(),
          std::string(
              "# Written by dsql-local, which removes it when it ends.\nexport A='old'\n")}) {
        put(before);
        chmod(path_.c_str(), 0644);  // NOLINT: what the new file must not inherit
        const environment_file made(path_);
        EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
        EXPECT_EQ(content(), "");
    }
}

TEST_F(environment_files, replace_nothing_else) {
    put("export MINE=1\n");
    EXPECT_EQ(problem(), "the file exists and is not one that dsql-local wrote; name a new file");
    EXPECT_EQ(content(), "export MINE=1\n");
    put("# Written by");
    EXPECT_EQ(problem(), "the file exists and is not one that dsql-local wrote; name a new file");
    EXPECT_EQ(problem_of("/dev/null"), "it exists and is not a regular file; name a new file");
    EXPECT_EQ(problem_of(folder_.path()), "it exists and is not a regular file; name a new file");
    EXPECT_EQ(problem_of(folder_.path() / "no" / "env"), "No such file or directory");
    EXPECT_EQ(problem_of(path_ / "env"), "Not a directory");
    fs::remove(path_);
    fs::create_symlink(folder_.path() / "target", path_);
    EXPECT_EQ(problem(), "it exists and is not a regular file; name a new file");
    EXPECT_FALSE(fs::exists(folder_.path() / "target"));
    fs::remove(path_);
    ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);  // NOLINT: only the owner's
    EXPECT_EQ(problem(), "it exists and is not a regular file; name a new file");
}

TEST_F(environment_files, belong_to_one_endpoint) {
    const environment_file made(path_);
    EXPECT_EQ(problem(), "it belongs to another dsql-local that is running; name another file");
    EXPECT_TRUE(fs::exists(path_));
}

TEST_F(environment_files, that_somebody_else_put_in_their_place_stay) {
    {
        const environment_file made(path_);
        fs::rename(path_, folder_.path() / "moved");
        put("mine");
    }
    EXPECT_EQ(content(), "mine");
}

}  // namespace environment_file_test
