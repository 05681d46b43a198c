// SPDX-License-Identifier: Apache-2.0
#include "pg/io/input.hpp"

#include <libpq-fe.h>
#include <openssl/ssl.h>

namespace dsql::pg {

bool consume_input(pg_conn* handle) noexcept {
    do {
        if (PQconsumeInput(handle) == 0) {
            return false;
        }
    } while (tls_pending(handle));
    return true;
}

[[gnu::hot]] bool tls_pending(pg_conn* handle) noexcept {
    auto* const tls = static_cast<SSL*>(PQsslStruct(handle, "OpenSSL"));
    return tls != nullptr && SSL_pending(tls) > 0;
}

}  // namespace dsql::pg
