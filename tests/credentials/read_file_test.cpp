// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>

#include "base/file.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_file.hpp"
#include "support/thrown_message.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>

namespace read_file_test {

using dsql::detail::read_secret_file;
using namespace std::chrono_literals;

// Kubernetes mounts a token as a symbolic link to another link, which leads to the file.
TEST(ReadFile, FollowsALink) {
    const temporary_file file("token");
    const temporary_file link("");
    std::filesystem::remove(link.path());
    std::filesystem::create_symlink(file.path(), link.path());
    EXPECT_EQ(read_secret_file(link.path(), 100), "token");
}

TEST(ReadFile, ReadsExactlyUpToTheLimit) {
    const std::string content(65'536, 'x');
    const temporary_file file(content);
    EXPECT_EQ(read_secret_file(file.path(), 65'536), content);
    EXPECT_THROW(static_cast<void>(read_secret_file(file.path(), 65'535)), dsql::credentials_error);
}

std::string reason(const std::string& path, const dsql::detail::file_rules& rules) {
    return thrown_message<dsql::detail::unreadable_file>(
        [&] { return dsql::detail::read_file(path, rules); });
}

class Pipe : public testing::Test {
protected:
    Pipe() {
        if (mkfifo(path_.c_str(), 0600) != 0) {
            throw std::runtime_error("mkfifo failed");
        }
    }

    const temporary_directory directory_;
    const std::string path_ = directory_ / "pipe";
};

TEST_F(Pipe, WithoutAWriterItIsAnErrorAfterTheWait) {
    EXPECT_EQ(reason(path_, {}), "it is not a regular file but a pipe that nobody writes to");
    EXPECT_EQ(reason(path_, {.writer_wait = 1ms}),
              "it is not a regular file but a pipe that nobody writes to, nor has begun to within "
              "1 s");
}

TEST_F(Pipe, WaitsForItsWriter) {
    // Opening the pipe waits for a reader.
    std::jthread writer([this] { std::ofstream(path_) << "text"; });
    EXPECT_EQ(dsql::detail::read_file(path_, {.writer_wait = 1h}), "text");
}

TEST_F(Pipe, ClosedWithoutDataItIsEmpty) {
    std::jthread writer([this] { std::ofstream{path_}; });
    EXPECT_EQ(dsql::detail::read_file(path_, {.writer_wait = 1h}), "");
}

TEST_F(Pipe, EndlessDataIsAnError) {
    std::jthread writer([this] {
        std::signal(SIGPIPE, SIG_IGN);
        std::ofstream endless(path_);
        while (endless << std::string(4096, 'x') << std::flush) {
        }
    });
    EXPECT_EQ(reason(path_, {.max_size = 100'000, .writer_wait = 1h}),
              "it is longer than 100000 bytes");
}

TEST_F(Pipe, ASilentWriterIsLimitedByTheCall) {
    // A pipe that is opened for reading and writing always has a writer.
    const dsql::detail::file_descriptor writer(open(path_.c_str(), O_RDWR | O_CLOEXEC));
    EXPECT_THROW(static_cast<void>(dsql::detail::read_file(path_, {}, dsql::within{1ms})),
                 dsql::timeout_error);
    std::stop_source stop;
    std::jthread stopper([&] { stop.request_stop(); });
    EXPECT_EQ(thrown_message<dsql::cancelled_error>(
                  [&] { return dsql::detail::read_file(path_, {}, stop.get_token()); }),
              "stopped while waiting for credentials (the pipe \"" + path_ + "\")");
}

}  // namespace read_file_test
