// SPDX-License-Identifier: Apache-2.0
#include "pg/io/stop_signal.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace dsql::pg {

[[gnu::hot]] stop_signal::stop_signal(const std::stop_token& stop,
                                      const std::stop_token& other) noexcept {
    if (!stop.stop_possible() && !other.stop_possible()) {
        return;
    }
    if (pipe2(ends_, O_CLOEXEC | O_NONBLOCK) != 0) {
        must_be_asked_ = true;
        stop_ = stop;
        other_ = other;
        return;
    }
    const auto signal = [this] {
        const char byte = 0;
        // At most two bytes are written to the pipe, so this cannot fail.
        static_cast<void>(!write(ends_[1], &byte, 1));
    };
    callback_.emplace(stop, signal);
    other_callback_.emplace(other, signal);
}

[[gnu::hot]] stop_signal::~stop_signal() {
    callback_.reset();  // waits for a running callback
    other_callback_.reset();
    for (const int end : ends_) {
        if (end >= 0) {
            close(end);
        }
    }
}

}  // namespace dsql::pg
