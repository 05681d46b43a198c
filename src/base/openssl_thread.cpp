// SPDX-License-Identifier: Apache-2.0
#include "base/openssl_thread.hpp"

#include "base/fork_guard.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>

namespace dsql::detail {

void openssl_thread::make_data() noexcept {
    const fork_gate no_fork;
    static_cast<void>(ERR_peek_error());  // the queue of errors is what every use of OpenSSL needs
    has_data_ = true;
}

void openssl_thread::end() noexcept {
    const fork_gate no_fork;
    OPENSSL_thread_stop();
    has_data_ = false;
}

}  // namespace dsql::detail
