// SPDX-License-Identifier: Apache-2.0
#include "base/platform.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

namespace platform_test {

namespace detail = dsql::detail;

bool is_close_on_exec(int descriptor) {
    return (fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0;
}

bool is_readable(int descriptor) {
    pollfd entry{.fd = descriptor, .events = POLLIN, .revents = 0};
    return poll(&entry, 1, 0) == 1 && entry.revents == POLLIN;
}

TEST(Platform, AWakeEventBecomesReadableAndStaysSo) {
    const detail::wake_event event;
    ASSERT_TRUE(event.is_open());
    EXPECT_TRUE(is_close_on_exec(event.descriptor()));
    EXPECT_FALSE(is_readable(event.descriptor()));
    event.set();
    EXPECT_TRUE(is_readable(event.descriptor()));
    event.set();
    EXPECT_TRUE(is_readable(event.descriptor()));
}

TEST(Platform, NothingIsInheritedByExecutedPrograms) {
    const detail::pipe_ends pipe = detail::make_pipe();
    const detail::file_descriptor socket = detail::make_socket(AF_UNIX, SOCK_STREAM, 0);
    const detail::file_descriptor memory = detail::make_memory_file("of_a_test");
    for (const int descriptor :
         {pipe.reading.get(), pipe.writing.get(), socket.get(), memory.get()}) {
        ASSERT_GE(descriptor, 0);
        EXPECT_TRUE(is_close_on_exec(descriptor));
    }
}

TEST(Platform, AnOpenFileCanBeOpenedByItsPath) {
    const detail::file_descriptor memory = detail::make_memory_file("of_a_test");
    ASSERT_EQ(write(memory.get(), "content", 7), 7);
    const detail::file_descriptor again(
        open(detail::path_of_open_file(memory).c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 8> read_back{};
    ASSERT_EQ(read(again.get(), read_back.data(), read_back.size()), 7);
    EXPECT_STREQ(read_back.data(), "content");
}

// What the shell sees of its descriptors 3 to 63, after the actions of the function under test.
std::string inherited(int (*add)(posix_spawn_file_actions_t&, int) noexcept) {
    const detail::pipe_ends pipe = detail::make_pipe();
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe.writing.get(), STDOUT_FILENO);
    EXPECT_EQ(add(actions, STDERR_FILENO + 1), 0);
    std::string shell = "sh";
    std::string option = "-c";
    std::string command =
        "for fd in $(seq 3 63); do [ -e /proc/$$/fd/$fd ] && echo $fd; done; "
        "echo end";
    const std::array<char*, 4> arguments = {shell.data(), option.data(), command.data(), nullptr};
    pid_t child = -1;
    EXPECT_EQ(posix_spawn(&child, "/bin/sh", &actions, nullptr, arguments.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    std::array<char, 1'024> text{};
    EXPECT_EQ(waitpid(child, nullptr, 0), child);
    const ssize_t size = read(pipe.reading.get(), text.data(), text.size());
    return {text.data(), static_cast<std::size_t>(size)};
}

TEST(Platform, AProcessClosesTheDescriptorsOfItsParent) {
    // Not close-on-exec, so that only the function under test can close them.
    const detail::file_descriptor low(dup(STDIN_FILENO));
    const detail::file_descriptor high(fcntl(STDIN_FILENO, F_DUPFD, 40));
    ASSERT_GE(low.get(), 3);
    ASSERT_GE(high.get(), 40);
    EXPECT_NE(inherited([](posix_spawn_file_actions_t&, int) noexcept { return 0; }), "end\n");
    EXPECT_EQ(inherited(&detail::add_close_from), "end\n");
    EXPECT_EQ(inherited(&detail::add_close_of_open), "end\n");
}

TEST(Platform, OverwritesMemory) {
    std::string text = "a secret";
    detail::overwrite(text.data(), text.size());
    EXPECT_EQ(text, std::string(8, '\0'));
}

}  // namespace platform_test
