// SPDX-License-Identifier: Apache-2.0
#include "scarcity/child.hpp"

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>

namespace {

constexpr unsigned patience_s = 120;

std::string complaint_of(const std::function<std::string()>& work) {
    try {
        return work();
    } catch (const std::exception& failure) {
        return failure.what();
    }
}

// Reads to the end although signals interrupt it.
std::string read_all(int descriptor) {
    std::string all;
    std::array<char, 4096> part{};
    for (;;) {
        const ssize_t size = read(descriptor, part.data(), part.size());
        if (size == 0 || (size < 0 && errno != EINTR)) {
            return all;
        }
        all.append(part.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    }
}

}  // namespace

std::string complaint_of_child(const std::function<std::string()>& work) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) {
        throw std::runtime_error("no pipe");
    }
    const pid_t child = fork();
    if (child == 0) {
        alarm(patience_s);
        const std::string complaint = complaint_of(work);
        dprintf(ends[1], "%s", complaint.c_str());
        _exit(EXIT_SUCCESS);
    }
    close(ends[1]);
    std::string complaint = read_all(ends[0]);
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) {
        complaint += std::string(" ended by: ") + strsignal(WTERMSIG(status));
    }
    return complaint;
}
