// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>

namespace dsql::pg {

/// Whether an allocation of libpq or OpenSSL has failed on this thread. `malloc` says so in `errno`
/// only, and libpq sets that to 0 with each use of the socket. So it is looked at before such a
/// use, and at the end.
class memory_watch {
public:
    /// Begins to watch. Sets `errno` to 0.
    static void begin() noexcept {
        has_lacked_ = false;
        errno = 0;
    }
    /// Notes that an allocation has failed, of which something else than `errno` tells.
    static void note() noexcept { has_lacked_ = true; }
    /// To be called before something that sets `errno`.
    static void look() noexcept { has_lacked_ = has_lacked_ || errno == ENOMEM; }
    /// Whether an allocation has failed since `begin`. If it has not, `errno` is as it was left.
    [[nodiscard]] static bool has_lacked() noexcept {
        look();
        return has_lacked_;
    }

private:
    static inline thread_local bool has_lacked_ = false;
};

}  // namespace dsql::pg
