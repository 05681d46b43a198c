// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.hpp"
#include "doctor/libpq_features.hpp"

#include <libpq-fe.h>

namespace dsql_cli::doctor {

namespace {

std::string version_text() {
    const int version = PQlibVersion();
    return std::to_string(version / 10'000) + "." + std::to_string(version % 10'000);
}

}  // namespace

bool libpq_knows_direct_tls() noexcept {
    return PQlibVersion() >= 170000;
}
bool libpq_knows_system_trust_store() noexcept {
    return PQlibVersion() >= 160000;
}

findings check_libpq(doctor_context& seen) {
    const bool direct = libpq_knows_direct_tls();  // the library never does without where it can
    const std::string version = version_text();
    finding found{.summary = "libpq " + version + ", " + seen.tls_version + ", " +
                             (direct ? "negotiated directly" : "negotiated by SSLRequest"),
                  .facts = {{"libpq_version", version},
                            {"tls_version", seen.tls_version},
                            {"cipher", seen.cipher},
                            {"direct_tls", direct}}};
    if (!direct) {
        found.result = outcome::warning;
        found.advice = "libpq 17 or later saves a round trip per connect by direct TLS";
    }
    return {found};
}

}  // namespace dsql_cli::doctor
