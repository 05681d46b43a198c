// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <system_error>
#include <vector>

/// While it lives, the process can open no descriptor, or only so many; those that are open go on
/// working.
class without_descriptors {
public:
    explicit without_descriptors(std::size_t left = 0) {
        check(getrlimit(RLIMIT_NOFILE, &before_));
        // poll(2) refuses more descriptors than the limit, so it cannot be nothing.
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
