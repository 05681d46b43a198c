// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

namespace dsql::detail {

/// OpenSSL keeps data for each thread that uses it. When it makes the data and when it frees them,
/// it takes locks that a forked child needs. These functions have it do both inside a `fork_gate`.
class DSQL_EXPORT openssl_thread {
public:
    /// Has OpenSSL make its data of this thread now, unless it has.
    static void begin() noexcept {
        if (!has_data_) [[unlikely]] {
            make_data();
        }
    }

    /// Has OpenSSL free its data of this thread. The last that a thread of the library does.
    static void end() noexcept;

private:
    static void make_data() noexcept;

    static inline thread_local bool has_data_ = false;
};

}  // namespace dsql::detail
