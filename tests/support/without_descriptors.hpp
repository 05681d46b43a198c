// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <system_error>
#include <vector>

/// Limits the number of descriptors that the process can open, down to none. Open descriptors
/// continue to work. The destructor restores the limit.
class without_descriptors {
public:
    explicit without_descriptors(std::size_t left = 0) {
        check(getrlimit(RLIMIT_NOFILE, &before_));
        // The limit cannot be 0, because poll(2) fails for more descriptors than the limit.
        const rlimit little{.rlim_cur = 64, .rlim_max = before_.rlim_max};
        check(setrlimit(RLIMIT_NOFILE, &little));
        for (int fd = dup(0); fd >= 0; fd = dup(0)) {
            fillers_.push_back(fd);
        }
        for (; left > 0 && !fillers_.empty(); --left) {
            close(fillers_.back());
            fillers_.pop_back();
        }
    }
    ~without_descriptors() {
        for (const int fd : fillers_) {
            close(fd);
        }
        setrlimit(RLIMIT_NOFILE, &before_);
    }
    without_descriptors(const without_descriptors&) = delete;
    without_descriptors& operator=(const without_descriptors&) = delete;

private:
    static void check(int result) {
        if (result != 0) {
            throw std::system_error(errno, std::generic_category(), "RLIMIT_NOFILE");
        }
    }

    rlimit before_{};
    std::vector<int> fillers_{};
};
