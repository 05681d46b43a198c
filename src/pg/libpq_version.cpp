// SPDX-License-Identifier: Apache-2.0
#include "pg/libpq_version.hpp"

#include <libpq-fe.h>

namespace dsql::pg {

bool knows_direct_tls() noexcept {
    return PQlibVersion() >= 170000;
}
bool knows_require_auth() noexcept {
    return PQlibVersion() >= 160000;
}
bool knows_ssl_cert_mode() noexcept {
    return PQlibVersion() >= 160000;
}
bool knows_system_trust_store() noexcept {
    return PQlibVersion() >= 160000;
}

}  // namespace dsql::pg
