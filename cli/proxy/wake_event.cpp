// SPDX-License-Identifier: Apache-2.0
#include "proxy/wake_event.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace dsql_cli::proxy {

wake_event::wake_event() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (fd_.get() < 0) {
        throw std::system_error(errno, std::generic_category(), "cannot make an eventfd");
    }
}

void wake_event::set() const noexcept {
    const int before = errno;
    const std::uint64_t one = 1;
    static_cast<void>(!write(fd_.get(), &one, sizeof one));
    errno = before;
}

void wake_event::clear() const noexcept {
    std::uint64_t count = 0;
    static_cast<void>(!read(fd_.get(), &count, sizeof count));
}

}  // namespace dsql_cli::proxy
