// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.hpp"

#include <libpq-fe.h>

namespace dsql_cli::doctor {

namespace {

std::string version_text() {
    const int version = PQlibVersion();
    return std::to_string(version / 10'000) + "." + std::to_string(version % 10'000);
}

}  // namespace

bool libpq_has_direct_tls() noexcept {
    return PQlibVersion() >= 170000;
}
bool libpq_has_system_trust_store() noexcept {
    return PQlibVersion() >= 160000;
}

findings check_libpq(doctor_context& context) {
    const bool direct = libpq_has_direct_tls();  // the library always uses it if libpq can
    const std::string version = version_text();
    finding found{.summary = "libpq " + version + ", " + context.tls_version + ", " +
                             (direct ? "negotiated directly" : "negotiated by SSLRequest"),
                  .facts = {{"libpq_version", version},
                            {"tls_version", context.tls_version},
                            {"cipher", context.cipher},
                            {"direct_tls", direct}}};
    if (!direct) {
        found.result = outcome::warning;
        found.advice = "libpq 17 or later saves a round trip per connect by direct TLS";
    }
    return {found};
}

}  // namespace dsql_cli::doctor
