// SPDX-License-Identifier: Apache-2.0
#include "pg/io/stop_signal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace dsql::pg {

stop_signal::stop_signal(const std::stop_token& stop) {
    if (!stop.stop_possible()) {
        return;
    }
    if (pipe(ends_) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
    }
    for (const int end : ends_) {
        fcntl(end, F_SETFD, FD_CLOEXEC);
    }
    callback_.emplace(stop, [this] {
        const char byte = 0;
        // One byte into an empty pipe cannot fail, and there would be nobody to tell.
        static_cast<void>(!write(ends_[1], &byte, 1));
    });
}

stop_signal::~stop_signal() {
    callback_.reset();  // waits for a callback that is running
    for (const int end : ends_) {
        if (end >= 0) {
            close(end);
        }
    }
}

}  // namespace dsql::pg
