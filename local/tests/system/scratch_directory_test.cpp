// SPDX-License-Identifier: Apache-2.0
#include "system/scratch_directory.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace scratch_directory_test {

using namespace dsql_local;
namespace fs = std::filesystem;

// A process that makes a scratch directory and waits to be killed.
class owner_process {
public:
    explicit owner_process(const fs::path& parent) {
        std::array<int, 2> ends{};
        EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
        id_ = fork();
        if (id_ == 0) {
            const scratch_directory made(parent);
            std::ofstream(made.path() / "data") << "something";
            [[maybe_unused]] const ssize_t written =
                write(ends[1], made.path().c_str(), made.path().string().size());
            while (true) {
                pause();
            }
        }
        close(ends[1]);
        std::array<char, 1024> text{};
        const ssize_t size = read(ends[0], text.data(), text.size());
        close(ends[0]);
        path_ = std::string(text.data(), static_cast<std::size_t>(size));
    }
    ~owner_process() { end(); }
    owner_process(const owner_process&) = delete;
    owner_process& operator=(const owner_process&) = delete;

    void end() {
        if (id_ > 0) {
            kill(id_, SIGKILL);
            waitpid(id_, nullptr, 0);
            id_ = -1;
        }
    }

    const fs::path& path() const { return path_; }

private:
    pid_t id_ = -1;
    fs::path path_;
};

class scratch_directories : public testing::Test {
protected:
    fs::path make(const std::string& name, bool with_owner_file) const {
        const fs::path made = parent() / name;
        fs::create_directory(made);
        std::ofstream(made / "data") << "something";
        if (with_owner_file) {
            std::ofstream(made / "owner.lock").flush();
        }
        return made;
    }

    const fs::path& parent() const { return parent_.path(); }

    const temporary_directory parent_{"/tmp"};
};

TEST_F(scratch_directories, go_with_their_owner) {
    fs::path path;
    {
        const scratch_directory made(parent());
        path = made.path();
        std::ofstream(path / "data") << "something";
        EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    }
    EXPECT_TRUE(fs::is_empty(parent()));
}

TEST_F(scratch_directories, of_a_killed_owner_are_left_over) {
    owner_process dead(parent());
    dead.end();
    ASSERT_TRUE(fs::exists(dead.path() / "data"));
    remove_leftovers(parent());
    EXPECT_TRUE(fs::is_empty(parent()));
}

TEST_F(scratch_directories, of_a_living_owner_stay) {
    const owner_process other(parent());
    const scratch_directory own(parent());
    remove_leftovers(parent());
    EXPECT_TRUE(fs::exists(other.path() / "data"));
    EXPECT_TRUE(fs::exists(own.path()));
}

TEST_F(scratch_directories, are_told_from_others_by_the_owner_file_and_the_name) {
    const fs::path elsewhere = make("elsewhere", true);
    const std::vector<fs::path> others{
        make("dsql-local-mytest", false), make("dsql-local-mytests", true),
        make("dsql-local-my", true),      make("other-dsql-local-abcdef", true),
        make("dsql-local-a.b.cd", true),  elsewhere};
    fs::create_directory_symlink(elsewhere, parent() / "dsql-local-abcdef");
    const fs::path linked = make("dsql-local-linked", false);
    fs::create_symlink(elsewhere / "owner.lock", linked / "owner.lock");
    const fs::path left_over = make("dsql-local-AbC123", true);
    remove_leftovers(parent());
    for (const fs::path& other : others) {
        EXPECT_TRUE(fs::exists(other / "data")) << other;
    }
    EXPECT_TRUE(fs::is_symlink(parent() / "dsql-local-abcdef"));
    EXPECT_TRUE(fs::exists(linked / "data"));
    EXPECT_FALSE(fs::exists(left_over));
}

TEST_F(scratch_directories, that_cannot_be_looked_for_are_no_error) {
    remove_leftovers(parent() / "nowhere");
}

// Whatever the order, a directory is not removed while its owner lives.
TEST_F(scratch_directories, are_never_taken_from_an_owner_that_is_just_starting) {
    std::atomic<bool> done = false;
    std::thread scavenger([&] {
        while (!done) {
            remove_leftovers(parent());
        }
    });
    for (int i = 0; i < 500; ++i) {
        const scratch_directory made(parent());
        std::ofstream(made.path() / "data") << "something";
        EXPECT_TRUE(fs::exists(made.path() / "data")) << i;
    }
    done = true;
    scavenger.join();
    EXPECT_TRUE(fs::is_empty(parent()));
}

}  // namespace scratch_directory_test
