// SPDX-License-Identifier: Apache-2.0
#include "postgres/cluster_template.hpp"

#include "system/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace cluster_template_test {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
}

std::string read(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

class cluster_template : public testing::Test {
protected:
    cluster_template() {
        setenv("XDG_CACHE_HOME", (directory_.path() / "cache").c_str(), 1);
        write(binaries() / "postgres", "a server");
        write(made() / "PG_VERSION", "15");
        write(made() / "global" / "pg_control", "control");
    }
    ~cluster_template() override { unsetenv("XDG_CACHE_HOME"); }

    [[nodiscard]] fs::path binaries() const { return directory_.path() / "bin"; }
    [[nodiscard]] fs::path made() const { return directory_.path() / "made"; }
    [[nodiscard]] fs::path copy() const { return directory_.path() / "copy"; }
    [[nodiscard]] fs::path cache() const { return directory_.path() / "cache" / "dsql-local"; }
    [[nodiscard]] fs::path kept() const { return fs::directory_iterator(cache())->path(); }
    [[nodiscard]] bool copies() const {
        return dsql_local::cluster_template(binaries()).copy_to(copy());
    }
    void store() const { dsql_local::cluster_template(binaries()).store(made()); }

    dsql_local::temporary_directory directory_{dsql_local::temporary_parent()};
};

TEST_F(cluster_template, is_copied_once_it_was_kept) {
    EXPECT_FALSE(copies());
    EXPECT_FALSE(fs::exists(copy()));
    store();
    EXPECT_TRUE(copies());
    EXPECT_EQ(read(copy() / "PG_VERSION"), "15");
    EXPECT_EQ(read(copy() / "global" / "pg_control"), "control");
    EXPECT_EQ(read(made() / "PG_VERSION"), "15") << "which stays where it is";
}

TEST_F(cluster_template, is_of_one_server_only_and_replaces_older_ones) {
    store();
    write(binaries() / "postgres", "a newer server");
    EXPECT_FALSE(copies());
    store();
    EXPECT_TRUE(copies());
    EXPECT_EQ(std::distance(fs::directory_iterator(cache()), {}), 1);
}

TEST_F(cluster_template, that_others_may_write_to_is_not_used) {
    store();
    fs::permissions(kept(), fs::perms::group_write, fs::perm_options::add);
    EXPECT_FALSE(copies());
    fs::permissions(kept(), fs::perms::group_write, fs::perm_options::remove);
    EXPECT_TRUE(copies());
}

TEST_F(cluster_template, that_is_incomplete_is_not_used_and_leaves_nothing) {
    store();
    fs::remove(kept() / "global" / "pg_control");
    EXPECT_FALSE(copies());
    EXPECT_FALSE(fs::exists(copy()));
}

TEST_F(cluster_template, is_not_kept_where_that_cannot_be) {
    write(directory_.path() / "cache", "a file is in the way");
    store();
    EXPECT_FALSE(copies());
    setenv("XDG_CACHE_HOME", "relative", 1);
    const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
    setenv("HOME", "relative", 1);
    store();
    EXPECT_FALSE(copies());
    setenv("HOME", home.c_str(), 1);
}

}  // namespace cluster_template_test
