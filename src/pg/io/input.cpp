// SPDX-License-Identifier: Apache-2.0
#include "pg/io/input.hpp"

#include <libpq-fe.h>
#include <openssl/ssl.h>

namespace dsql::pg {

bool consume_input(pg_conn* handle) noexcept {
    for (;;) {
        if (PQconsumeInput(handle) == 0) {
            return false;
        }
        auto* const tls = static_cast<SSL*>(PQsslStruct(handle, "OpenSSL"));
        if (tls == nullptr || SSL_pending(tls) == 0) {
            return true;
        }
    }
}

}  // namespace dsql::pg
